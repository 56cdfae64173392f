// "Connect": the same panel as in the empty room, wherever one is.

import { ConnectPanel } from "./connect_panel.js"
import { part, region } from "./dom.js"
import { Region } from "./region.js"

export class ConnectDialog extends Region {
  #panel

  constructor({ words }) {
    super({ element: region("connect"), words })
    this.#panel = new ConnectPanel({ words })
    part(this.element, "panel").append(this.#panel.element)
    part(this.element, "close").addEventListener("click", () => this.element.close())
    this.element.addEventListener("click", ({ target }) => {
      if (target === this.element) this.element.close() // its backdrop
    })
  }

  connect() {
    this.on(this.session, "room", () => this.render())
  }

  open() {
    this.render()
    this.element.showModal()
  }

  render() {
    const { room, ref } = this.session
    part(this.element, "title").textContent = this.words.say("connect.to", { name: room?.name ?? ref })
    this.#panel.show(ref)
  }
}
