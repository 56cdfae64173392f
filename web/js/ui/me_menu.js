// Who I am here, and how I want the page.

import { paintAvatar } from "./avatar.js"
import { part, region } from "./dom.js"

export class MeMenu {
  #element = region("me")
  #person
  #preferences
  #account
  #words

  constructor({ words, person, account, preferences, onRename, onSignOut }) {
    this.#words = words
    this.#account = account
    this.#person = person
    this.#preferences = preferences
    for (const [name, act] of Object.entries({ rename: onRename, "sign-out": onSignOut })) {
      part(this.#element, name).addEventListener("click", () => {
        part(this.#element, "menu").hidePopover()
        act()
      })
    }
    for (const name of ["theme", "language"]) {
      part(this.#element, name).addEventListener("change", ({ target }) => preferences.set({ [name]: target.value }))
    }
    for (const source of [person, account, preferences, words]) {
      source.addEventListener("change", () => this.#render())
    }
    this.#render()
  }

  #render() {
    const { userId, username, isNamed } = this.#person
    const button = part(this.#element, "button")
    button.hidden = !isNamed
    button.title = this.#words.say("me.title")
    part(this.#element, "name").textContent = username
    paintAvatar(part(this.#element, "avatar"), { user_id: userId, username })
    this.#offerWays()
    this.#check("theme", this.#preferences.theme)
    this.#check("language", this.#preferences.language ?? this.#words.language)
  }

  // Whom the server knows by an account isn't called something else at will.
  #offerWays() {
    const { isOpen, hasAccounts, isGuest } = this.#account
    const ways = { rename: isOpen, account: hasAccounts && !isGuest, upgrade: isGuest, "sign-out": hasAccounts }
    for (const [name, isOffered] of Object.entries(ways)) part(this.#element, name).hidden = !isOffered
    part(this.#element, "upgrade").href = `/upgrade#to=${encodeURIComponent(location.pathname.replace(/\/\d+$/u, ""))}`
  }

  #check(name, value) {
    const radios = part(this.#element, name).querySelectorAll("input")
    for (const radio of radios) radio.checked = radio.value === value
  }
}
