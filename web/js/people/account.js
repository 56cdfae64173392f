// My account: password, browsers, tokens for programs; and for the owner, all accounts.

import { Shelf } from "../helpers/shelf.js"
import { Preferences } from "../models/preferences.js"
import { Words } from "../models/words.js"
import { paintAvatar } from "../ui/avatar.js"
import { part, region } from "../ui/dom.js"
import { speak } from "../ui/language.js"
import { wearTheme } from "../ui/theme.js"
import { AccountDesk } from "./account_desk.js"
import { PasswordForm } from "./password_form.js"
import { Requests } from "./requests.js"
import { SessionsList } from "./sessions_list.js"
import { Tabs } from "./tabs.js"
import { TokensPanel } from "./tokens_panel.js"
import { UsersPanel } from "./users_panel.js"

const VIEWS = { password: PasswordForm, sessions: SessionsList, tokens: TokensPanel, users: UsersPanel }
const OWNERS = new Set(["users"])

const preferences = new Preferences(new Shelf(() => localStorage))
const words = new Words()
wearTheme(preferences.theme)
await speak({ words, preferences })

const page = region("account")
const failed = part(page, "failed")
const desk = new AccountDesk({ requests: new Requests({ fetch: (...request) => fetch(...request) }) })
const panels = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, part(page, name)]))
const tell = (sentence) => (part(page, "told").textContent = sentence)
const common = { words, desk, tell, leave }
const views = Object.fromEntries(
  Object.entries(VIEWS).map(([name, View]) => [name, new View({ ...common, element: panels[name] })]),
)
let shown = "password"

document.title = `${words.say("account.title")} · roomserver`
await attempt(() => desk.load())
if (desk.me) begin()

function begin() {
  paintAvatar(part(page, "avatar"), desk.me)
  part(page, "name").textContent = desk.me.username
  part(page, "owner").hidden = !desk.isOwner
  const offered = Object.keys(VIEWS).filter((name) => desk.isOwner || !OWNERS.has(name))
  const tabs = new Tabs({ element: part(page, "tabs"), panels, onShow: show })
  tabs.offer(offered)
  desk.addEventListener("change", () => views[shown].render())
  const asked = location.hash.slice(1)
  tabs.show(offered.includes(asked) ? asked : shown)
}

async function show(name) {
  shown = name
  history.replaceState(null, "", `#${name}`)
  views[name].render()
  if (views[name].load) await attempt(() => views[name].load())
}

async function attempt(work) {
  failed.hidden = true
  page.ariaBusy = "true"
  try {
    await work()
  } catch (error) {
    if (!error.code) throw error
    if (error.code === "unauthorized") leave()
    failed.textContent = words.refusal(error)
    failed.hidden = false
  }
  page.ariaBusy = "false"
}

function leave() {
  location.assign("/sign-in")
}
