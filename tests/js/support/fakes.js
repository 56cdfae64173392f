// The world as tests have it: time that passes when told to, a socket without a net,
// a storage without a browser.

import { MemoryEntries } from "../../../web/js/models/memory_entries.js"

export class FakeClock {
  now_ms = 1_000_000
  #waiting = new Map()
  #lastId = 0

  now = () => this.now_ms

  setTimeout = (then, delay_ms) => {
    this.#lastId += 1
    this.#waiting.set(this.#lastId, { at_ms: this.now_ms + delay_ms, then })
    return this.#lastId
  }

  clearTimeout = (id) => {
    this.#waiting.delete(id)
  }

  pass(duration_ms) {
    const end_ms = this.now_ms + duration_ms
    for (;;) {
      const due = [...this.#waiting].filter(([, { at_ms }]) => at_ms <= end_ms)
      if (due.length === 0) break
      const [id, { at_ms, then }] = due.reduce((a, b) => (b[1].at_ms < a[1].at_ms ? b : a))
      this.#waiting.delete(id)
      this.now_ms = at_ms
      then()
    }
    this.now_ms = end_ms
  }
}

export class FakeNetwork {
  sockets = []

  openSocket = (address) => {
    const socket = new FakeSocket(address)
    this.sockets.push(socket)
    return socket
  }

  get socket() {
    return this.sockets.at(-1)
  }
}

class FakeSocket {
  sent = []
  isClosed = false

  constructor(address) {
    this.address = new URL(address)
  }

  send(text) {
    this.sent.push(JSON.parse(text))
  }

  close() {
    this.isClosed = true
  }

  // What the server does:

  tells(type, data = {}) {
    this.onmessage?.({ data: JSON.stringify({ type, data }) })
  }

  says(text) {
    this.onmessage?.({ data: text })
  }

  ends(code = 1006) {
    this.onclose?.({ code })
  }

  sentOf(type) {
    return this.sent.filter((frame) => frame.type === type)
  }
}

// A store of entries that answers when it is told to, as one in a browser does.
export class SlowEntries extends EventTarget {
  #kept = new MemoryEntries()
  #waiting = []

  of(...which) {
    return this.#later(() => this.#kept.of(...which))
  }

  put(entry) {
    return this.#later(() => this.#kept.put(entry))
  }

  drop(entry) {
    return this.#later(() => this.#kept.drop(entry))
  }

  // Answers all questions so far, in their order, and those that follow from the answers.
  async answer() {
    while (this.#waiting.length > 0) {
      this.#waiting.splice(0).forEach((answer) => answer())
      await new Promise(setImmediate)
    }
  }

  #later(then) {
    return new Promise((resolve) => this.#waiting.push(() => resolve(then())))
  }
}

// Web Locks, as the tabs of one browser see them.
export class FakeLocks {
  #queues = new Map() // name → [{run, stop}], the first one holds it

  request(name, { steal = false, signal } = {}, run) {
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    return new Promise((resolve, reject) => {
      const stop = () => reject(new DOMException("stolen", "AbortError"))
      const mine = { stop, run: () => Promise.resolve(run()).then(resolve).then(() => this.#leave(queue, mine)) }
      signal?.addEventListener("abort", () => queue[0] !== mine && (this.#leave(queue, mine), stop()))
      if (steal) queue.shift()?.stop()
      if (steal) queue.unshift(mine)
      else queue.push(mine)
      if (queue[0] === mine) mine.run()
    })
  }

  #leave(queue, each) {
    const index = queue.indexOf(each)
    if (index < 0) return
    queue.splice(index, 1)
    if (index === 0) queue[0]?.run()
  }
}

export class MemoryStorage {
  getItem(name) {
    return Object.hasOwn(this, name) ? this[name] : null
  }

  setItem(name, text) {
    this[name] = text
  }

  removeItem(name) {
    delete this[name]
  }
}
