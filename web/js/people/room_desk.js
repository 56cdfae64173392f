// What is decided in one room: its people and what may be done about each of them, how it
// is used, the links into it, and who decided what. No DOM.
//
// Tells "change". Whatever is done is asked of the server, and then looked at anew.

import { byRank, outranks } from "./ranks.js"

const DECIDING = ["mute", "kick", "ban", "set_role"]
const SETTING = ["set_visibility", "set_pace", "set_capacity"]
const AUDIT_PAGE = 50

export class RoomDesk extends EventTarget {
  #requests
  #path
  #myId
  #now
  #members = []
  #older = null // a page of the log that is on its way
  settings = { role: "nobody", may: [] }
  invitations = []
  audit = []
  hasOlderAudit = false

  constructor({ requests, room, myId, now = Date.now }) {
    super()
    this.#requests = requests
    this.#path = `/api/v1/rooms/${encodeURIComponent(room)}`
    this.#myId = myId
    this.#now = now
  }

  may(action) {
    return this.settings.may.includes(action)
  }

  get mayDecide() {
    return DECIDING.some((action) => this.may(action))
  }

  get maySet() {
    return SETTING.some((action) => this.may(action))
  }

  // Those above first, then by name; with what I may do about each.
  people(locale) {
    const { compare } = new Intl.Collator(locale, { sensitivity: "base", numeric: true })
    return this.#members
      .map((member) => ({ ...member, ...this.#stateOf(member), can: this.#can(member) }))
      .sort((a, b) => byRank(a.role, b.role) || compare(a.username, b.username) || a.user_id - b.user_id)
  }

  async load() {
    const [settings, { members }] = await Promise.all([
      this.#requests.get(`${this.#path}/settings`),
      this.#requests.get(`${this.#path}/members`),
    ])
    this.settings = settings
    this.#members = members
    this.#changed()
  }

  async loadInvitations() {
    this.invitations = (await this.#requests.get(`${this.#path}/invites`)).invites
    this.#changed()
  }

  async loadAudit() {
    const { audit } = await this.#requests.get(`${this.#path}/audit?limit=${AUDIT_PAGE}`)
    this.audit = audit
    this.hasOlderAudit = audit.length === AUDIT_PAGE
    this.#changed()
  }

  // Whoever asks while a page is on its way gets that one.
  loadOlderAudit() {
    this.#older ??= this.#loadOlderAudit().finally(() => (this.#older = null))
    return this.#older
  }

  async #loadOlderAudit() {
    const before = this.audit.at(-1).id
    const { audit } = await this.#requests.get(`${this.#path}/audit?limit=${AUDIT_PAGE}&before=${before}`)
    this.audit = [...this.audit, ...audit]
    this.hasOlderAudit = audit.length === AUDIT_PAGE
    this.#changed()
  }

  // `lasts_s` null: until somebody decides otherwise; 0: not any more.
  mute(userId, { lasts_s, reason }) {
    return this.#decide(userId, { muted_until: this.#until(lasts_s), reason })
  }

  ban(userId, { lasts_s, reason }) {
    return this.#decide(userId, { banned_until: this.#until(lasts_s), reason })
  }

  setRole(userId, { role, reason }) {
    return this.#decide(userId, { role, reason })
  }

  async kick(userId, { reason }) {
    await this.#requests.ask("DELETE", `${this.#path}/members/${userId}`, { reason })
    await this.load()
  }

  async change(settings) {
    this.settings = await this.#requests.ask("PATCH", `${this.#path}/settings`, settings)
    this.#changed()
  }

  // Resolves to the whole address, which is told this once: whatever may fail is asked for
  // before, or can be done without.
  async invite({ role, lasts_s, uses_max }) {
    const { url } = await this.#requests.get(`${this.#path}/link`)
    const { token } = await this.#requests.ask("POST", `${this.#path}/invites`, { role, lasts_s, uses_max })
    const path = `/join#${token}`
    return { url: new URL(url).origin + path, qr: await this.#requests.qr(path).catch(() => null) }
  }

  async takeBack(invitationId) {
    await this.#requests.ask("DELETE", `${this.#path}/invites/${invitationId}`)
    await this.loadInvitations()
  }

  async #decide(userId, change) {
    await this.#requests.ask("PATCH", `${this.#path}/members/${userId}`, change)
    await this.load()
  }

  #stateOf({ muted_until, banned_until }) {
    const stillAhead = (moment) => (moment && Date.parse(moment) > this.#now() ? Date.parse(moment) : null)
    return { mutedUntil_ms: stillAhead(muted_until), bannedUntil_ms: stillAhead(banned_until) }
  }

  // The server has the last word; what it would refuse isn't offered.
  #can(member) {
    const isOther = member.user_id !== this.#myId
    const isBelow = isOther && outranks(this.settings.role, member.role)
    const isInside = member.online || (this.settings.private && member.role !== "nobody")
    const { mutedUntil_ms, bannedUntil_ms } = this.#stateOf(member)
    return [
      ["set_role", isOther && this.may("set_role")],
      ["unmute", isBelow && this.may("mute") && mutedUntil_ms],
      ["mute", isBelow && this.may("mute") && !mutedUntil_ms],
      ["kick", isBelow && this.may("kick") && !bannedUntil_ms && isInside],
      ["unban", isBelow && this.may("ban") && bannedUntil_ms],
      ["ban", isBelow && this.may("ban") && !bannedUntil_ms],
    ].flatMap(([action, isTheirs]) => (isTheirs ? [action] : []))
  }

  #until(lasts_s) {
    if (lasts_s === 0) return null
    return lasts_s === null ? "forever" : new Date(this.#now() + lasts_s * 1_000).toISOString()
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
