// The entries of outboxes in this browser's IndexedDB: they outlive the tab, and all
// tabs have the same. Where that is forbidden they live as long as the page.

import { MemoryEntries } from "../models/memory_entries.js"

const NAME = "roomserver"
const VERSION = 1
const ENTRIES = "entries"
const BY_ROOM = "by_room"
const ANSWER_WITHIN_MS = 3_000 // some browsers never answer after a crash

export class KeptEntries extends EventTarget {
  #channel
  #timers
  #database // a promise; of null if there is none
  #memory = new MemoryEntries()

  // `indexedDB`: the browser's, if it may be used; `channel`: to the other tabs.
  constructor({ indexedDB, channel, timers }) {
    super()
    this.#channel = channel
    this.#timers = timers
    this.#database = this.#within(opened(indexedDB)).catch(() => null)
    channel.onmessage = ({ data }) => this.dispatchEvent(new CustomEvent("change", { detail: data }))
  }

  async of(userId, room) {
    const all = (store) => store.index(BY_ROOM).getAll([userId, room])
    return this.#ask("readonly", all, () => this.#memory.of(userId, room))
  }

  async rooms(userId) {
    const keys = (store) => store.getAll()
    const all = await this.#ask("readonly", keys, () => this.#memory.rooms(userId))
    if (all instanceof Set) return all
    return new Set(all.filter(({ user_id }) => user_id === userId).map(({ room }) => room))
  }

  // Rejects if it isn't kept: the storage is full.
  async put(entry) {
    await this.#ask("readwrite", (store) => store.put(entry), () => this.#memory.put(entry))
    this.#tell(entry)
  }

  async drop(entry) {
    await this.#ask("readwrite", (store) => store.delete(entry.client_id), () => this.#memory.drop(entry))
    this.#tell(entry)
  }

  async #ask(mode, question, otherwise) {
    const database = await this.#database
    if (!database) return otherwise()
    return this.#within(answered(database, mode, question))
  }

  #tell({ user_id: userId, room }) {
    this.#channel.postMessage({ userId, room })
  }

  #within(answer) {
    return new Promise((resolve, reject) => {
      const timer = this.#timers.setTimeout(() => reject(new Error("no answer")), ANSWER_WITHIN_MS)
      answer.then(resolve, reject).finally(() => this.#timers.clearTimeout(timer))
    })
  }
}

function opened(indexedDB) {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION)
    asked.onupgradeneeded = () => {
      const store = asked.result.createObjectStore(ENTRIES, { keyPath: "client_id" })
      store.createIndex(BY_ROOM, ["user_id", "room"])
    }
    asked.onsuccess = () => resolve(shared(asked.result))
    asked.onerror = () => reject(asked.error)
  })
}

// A tab with a later version of the page may change the database.
function shared(database) {
  database.onversionchange = () => database.close()
  return database
}

// Settles when it is on disk, not when it has been asked for. Committed at once: the tab
// may be closed by the time somebody would look.
function answered(database, mode, question) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(ENTRIES, mode, { durability: "strict" })
    const asked = question(transaction.objectStore(ENTRIES))
    transaction.oncomplete = () => resolve(asked.result)
    transaction.onabort = () => reject(transaction.error)
    if (mode === "readwrite") transaction.commit?.()
  })
}
