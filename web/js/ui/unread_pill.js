// "12 new since yesterday": where what is new begins too far up for the room to open there.

import { part, region } from "./dom.js"
import { Region } from "./region.js"

const COUNT_MAX = 99

export class UnreadPill extends Region {
  #list
  #askAfter
  #found = null // {count, isMore, since}

  // `askAfter(room, seq)` resolves to the messages after that one and whether there are more.
  constructor({ words, list, askAfter }) {
    super({ element: region("unread"), words })
    this.#list = list
    this.#askAfter = askAfter
    part(this.element, "go").addEventListener("click", () => this.#go())
    part(this.element, "close").addEventListener("click", () => this.#hide())
  }

  connect() {
    this.on(this.#list.element, "far", ({ detail }) => this.#look(detail))
    this.on(this.#list.element, "rendered", () => this.session.reading.line.seq && this.#hide())
  }

  disconnect() {
    this.#hide()
  }

  render() {
    this.element.hidden = this.#found === null
    if (this.element.hidden) return
    const { count, isMore, since } = this.#found
    const number = isMore || count > COUNT_MAX ? `${COUNT_MAX}+` : count
    const day = this.words.day(since, new Date()).toLocaleLowerCase(this.words.locale)
    const moment = this.words.say("unread.moment", { day, time: this.words.time(since) })
    part(this.element, "text").textContent = this.words.say("unread.since", { count, number, moment })
  }

  async #look({ readUpTo }) {
    const { session } = this
    const page = await this.#askAfter(session.ref, readUpTo).catch(() => null)
    const isMine = ({ user_id }) => user_id === session.person.userId
    const unread = page?.messages.filter((each) => each.content !== undefined && !each.type && !isMine(each))
    if (session !== this.session || !unread?.length) return
    this.#found = { count: unread.length, isMore: page.has_more, since: new Date(unread[0].created_at) }
    this.render()
  }

  #go() {
    this.#hide()
    this.#list.toNewLine()
  }

  #hide() {
    this.#found = null
    this.element.hidden = true
  }
}
