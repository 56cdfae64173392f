// What the form asks of the server. `fetch` is passed in.

const ADDRESSES = {
  sign_in: "/api/v1/session",
  sign_up: "/api/v1/account",
  set_up: "/api/v1/set-up",
  guest: "/api/v1/guests",
  upgrade: "/api/v1/account/upgrade",
  reset: "/api/v1/account/reset",
}
const SECRETS = { sign_up: "invitation", set_up: "link", reset: "link", guest: "invitation" }

export class Entry extends EventTarget {
  #kind
  #secret
  #fetch

  constructor({ kind, secret, fetch }) {
    super()
    this.#kind = kind
    this.#secret = secret
    this.#fetch = fetch
  }

  // Who may come in how, and who asks: the server's answer, or nothing if there is none.
  async mode() {
    const answer = await this.#reach("/api/v1/session")
    return answer.ok ? answer.body : {}
  }

  // `values`: what is written in the form. Null if it went well, or a refusal:
  // {code, message, field, retry_after_ms}.
  async submit(values) {
    const name = SECRETS[this.#kind]
    const secret = name && this.#secret ? { [name]: this.#secret } : {}
    const answer = await this.#reach(ADDRESSES[this.#kind], {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...values, ...secret }),
    })
    if (!answer.ok) return answer.body.data ?? { code: "unreachable" }
    this.dispatchEvent(new CustomEvent("in", { detail: answer.body }))
    return null
  }

  async #reach(path, options = {}) {
    try {
      const answer = await this.#fetch(path, options)
      return { ok: answer.ok, body: await answer.json() }
    } catch {
      return { ok: false, body: {} }
    }
  }
}
