// An empty room: where one is, and how others get here.

import { ConnectPanel } from "./connect_panel.js"
import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

export class Welcome extends Region {
  #panel
  #content

  constructor({ words }) {
    super({ element: region("welcome"), words })
    this.#panel = new ConnectPanel({ words })
    this.#content = cloned("welcome", words)
    part(this.#content, "panel").append(this.#panel.element)
    this.element.append(this.#content)
  }

  connect() {
    this.on(this.session, "room", () => this.render())
    this.on(this.session.log, "change", () => this.render())
    this.on(this.session.outbox, "change", () => this.render())
  }

  render() {
    const { room, ref, log, outbox } = this.session
    const isKnown = log.completeTo !== null
    const isEmpty = log.messages.length === 0 && !log.hasOlder && outbox.entries.length === 0
    this.element.hidden = !isKnown || !isEmpty
    if (this.element.hidden) return
    part(this.#content, "title").textContent = this.words.say("welcome.title", { name: room?.name ?? ref })
    this.#panel.show(ref)
  }
}
