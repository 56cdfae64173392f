// Whether the marks of who has read how far are shown, room by room, on this device.

const PREFIX = "roomserver.receipts/"

export class Receipts extends EventTarget {
  #shelf

  constructor(shelf) {
    super()
    this.#shelf = shelf
  }

  areShown(room) {
    return this.#shelf.get(PREFIX + room, true) !== false
  }

  // message seq → the people whose last one of `messages` it is, if that is to be shown.
  of({ ref, reading, person }, messages) {
    return this.areShown(ref) ? reading.others.lastOf(messages, person.userId) : new Map()
  }

  set(room, areShown) {
    this.#shelf.put(PREFIX + room, areShown)
    this.dispatchEvent(new Event("change"))
  }
}
