// A link into a room, and what can be done with it. `fetch` is passed in.

export class Invitation {
  #secret
  #fetch

  constructor({ secret, fetch }) {
    this.#secret = secret
    this.#fetch = fetch
  }

  // {name, room?, signUp?}, `name` being
  //   "over": it is not good any more, or never was;
  //   "unreachable": that can't be told now;
  //   "guest": a name is enough;
  //   "sign_in": it is for people with an account;
  //   "accept": whoever is signed in can accept it;
  //   "inside": they are in the room already;
  //   "elsewhere": they are a guest of another room.
  async look() {
    const [found, session] = await Promise.all([
      this.#ask("POST", "/api/v1/invitation", { token: this.#secret }),
      this.#ask("GET", "/api/v1/session"),
    ])
    if (!session.ok) return { name: "unreachable" }
    if (!found.ok) return { name: found.status === 404 || found.status === 400 ? "over" : "unreachable" }
    return { name: stateOf(found.body, session.body), room: found.body.room, signUp: session.body.sign_up }
  }

  // Null if it went well, or a refusal.
  async accept() {
    const answer = await this.#ask("POST", "/api/v1/join", { token: this.#secret })
    return answer.ok ? null : (answer.body.data ?? { code: "unreachable" })
  }

  async #ask(method, path, body) {
    const headers = { "Content-Type": "application/json" }
    const options = body ? { method, headers, body: JSON.stringify(body) } : { method }
    try {
      const answer = await this.#fetch(path, options)
      return { ok: answer.ok, status: answer.status, body: await answer.json() }
    } catch {
      return { ok: false, status: 0, body: {} }
    }
  }
}

function stateOf({ role, yours, guests }, { user, kind }) {
  if (!user) return role === "guest" && guests ? "guest" : "sign_in"
  if (kind === "guest") return yours ? "inside" : "elsewhere"
  return yours && (role === "guest" || yours !== "member") ? "inside" : "accept"
}
