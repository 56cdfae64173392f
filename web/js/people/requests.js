// Asking the server for something, as JSON. `fetch` is passed in.

import { Refusal } from "../net/api.js"

export class Requests {
  #fetch
  #asWhom

  // `asWhom()`: what the query says of who asks, where the server believes that.
  constructor({ fetch, asWhom = () => "" }) {
    this.#fetch = fetch
    this.#asWhom = asWhom
  }

  get(path) {
    return this.ask("GET", path)
  }

  // The answer's JSON, or null if it is none. Rejects with a Refusal.
  async ask(method, path, body) {
    const answer = await this.#reach(method, path, body)
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json")
    const found = isJson ? await answer.json().catch(() => ({})) : null
    if (!answer.ok) throw new Refusal(found?.data ?? {})
    return found
  }

  // An address of this server as a QR code, an SVG. Rejects with a Refusal.
  async qr(path) {
    const answer = await this.#reach("POST", "/api/v1/qr", { path })
    if (!answer.ok) throw new Refusal({})
    return answer.blob()
  }

  async #reach(method, path, body) {
    const asWhom = this.#asWhom()
    const address = asWhom ? `${path}${path.includes("?") ? "&" : "?"}${asWhom}` : path
    const headers = { "Content-Type": "application/json" }
    try {
      return await this.#fetch(address, body ? { method, headers, body: JSON.stringify(body) } : { method })
    } catch {
      throw new Refusal({ code: "unreachable" })
    }
  }
}
