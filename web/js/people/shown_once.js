// What is told this once: a line with a copy button, and a QR code if there is one.

import { copyOnClick } from "../ui/copy.js"
import { part } from "../ui/dom.js"

export class ShownOnce {
  #element
  #qr = null // the object URL of what is shown

  constructor({ element, words }) {
    this.#element = element
    const image = part(element, "qr")
    if (image) image.alt = words.say("manage.invite.qr")
    part(element, "copy").replaceWith(part(element, "copy").cloneNode(true)) // whoever listened before
    copyOnClick(part(element, "copy"), { text: () => part(element, "link").value, words })
    this.hide()
  }

  hide() {
    this.#element.hidden = true
  }

  // `qr`: an image, if any.
  show(text, qr) {
    if (this.#qr) URL.revokeObjectURL(this.#qr)
    this.#qr = qr ? URL.createObjectURL(qr) : null
    const image = part(this.#element, "qr")
    if (image) image.hidden = !this.#qr
    if (image && this.#qr) image.src = this.#qr
    const link = part(this.#element, "link")
    link.value = text
    this.#element.hidden = false
    this.#element.scrollIntoView({ block: "nearest" })
    link.focus()
    link.select()
    link.scrollLeft = 0 // its beginning is in sight
  }
}
