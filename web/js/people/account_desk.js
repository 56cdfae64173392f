// What belongs to an account: its password, the browsers that it is signed in at, the
// tokens of its programs; and for the server's owner, all accounts. No DOM.
//
// Tells "change".

export class AccountDesk extends EventTarget {
  #requests
  me = null // {user_id, username}
  isOwner = false
  sessions = []
  tokens = []
  rooms = []
  users = []

  constructor({ requests }) {
    super()
    this.#requests = requests
  }

  async load() {
    const { user, is_owner: isOwner } = await this.#requests.get("/api/v1/session")
    this.me = user
    this.isOwner = Boolean(isOwner)
    this.#changed()
  }

  changePassword({ oldPassword, newPassword }) {
    return this.#requests.ask("POST", "/api/v1/account/password", { old_password: oldPassword, new_password: newPassword })
  }

  async loadSessions() {
    const { sessions } = await this.#requests.get("/api/v1/account/sessions")
    // This one first, then by when each was last used.
    this.sessions = sessions.sort((a, b) => b.is_this - a.is_this || Date.parse(b.used_at) - Date.parse(a.used_at))
    this.#changed()
  }

  async endSession(id) {
    await this.#requests.ask("DELETE", `/api/v1/account/sessions/${encodeURIComponent(id)}`)
    await this.loadSessions()
  }

  signOutEverywhere() {
    return this.#requests.ask("DELETE", "/api/v1/session?everywhere=true")
  }

  async loadTokens() {
    const [{ tokens }, { rooms }] = await Promise.all([
      this.#requests.get("/api/v1/account/tokens"),
      this.#requests.get("/api/v1/rooms"),
    ])
    const nameOf = new Map(rooms.map(({ id, name }) => [id, name]))
    this.rooms = rooms
    // A room that isn't theirs any more is still a number.
    this.tokens = tokens.map((token) => ({ ...token, roomNames: token.rooms?.map((id) => nameOf.get(id) ?? `#${id}`) }))
    this.#changed()
  }

  // `rooms`: their slugs, or null for all. Resolves to the token, which is told this once:
  // nothing else is asked for before it is shown.
  async makeToken({ name, rights, rooms, lasts_s }) {
    const optional = { ...(rooms ? { rooms } : {}), ...(lasts_s ? { lasts_s } : {}) }
    const { token } = await this.#requests.ask("POST", "/api/v1/account/tokens", { name, rights, ...optional })
    return token
  }

  async takeBackToken(id) {
    await this.#requests.ask("DELETE", `/api/v1/account/tokens/${encodeURIComponent(id)}`)
    await this.loadTokens()
  }

  async loadUsers() {
    this.users = (await this.#requests.get("/api/v1/users")).users
    this.#changed()
  }

  async setDisabled(userId, isDisabled) {
    await this.#requests.ask("PATCH", `/api/v1/users/${userId}`, { is_disabled: isDisabled })
    await this.loadUsers()
  }

  // Both resolve to {path, qr}: the link's address on this server, which is told this once, and
  // its code, or null if there is none to be had.
  inviteUsers({ lasts_s, uses }) {
    return this.#link("/api/v1/account/invitations", { lasts_s, uses })
  }

  resetLink(userId) {
    return this.#link(`/api/v1/users/${userId}/reset`)
  }

  async #link(address, wanted) {
    const { path } = await this.#requests.ask("POST", address, wanted)
    return { path, qr: await this.#requests.qr(path).catch(() => null) }
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
