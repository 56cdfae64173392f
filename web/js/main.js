// The composition root: the one place that knows everybody.

import { Shelf } from "./helpers/shelf.js"
import { Account } from "./models/account.js"
import { Drafts } from "./models/drafts.js"
import { NotifyLevels } from "./models/notify_levels.js"
import { Person } from "./models/person.js"
import { Preferences } from "./models/preferences.js"
import { Receipts } from "./models/receipts.js"
import { RoomDirectory } from "./models/room_directory.js"
import { Words } from "./models/words.js"
import { Api } from "./net/api.js"
import { KeptEntries } from "./net/kept_entries.js"
import { Recognition } from "./net/recognition.js"
import { RoomWatch } from "./net/room_watch.js"
import { Sessions } from "./net/sessions.js"
import { turnsBy } from "./net/turns.js"
import { Announcer } from "./ui/announcer.js"
import { AskDialog } from "./ui/ask_dialog.js"
import { Bell } from "./ui/bell.js"
import { Composer } from "./ui/composer.js"
import { ConnectDialog } from "./ui/connect_dialog.js"
import { ConnectionBar } from "./ui/connection_bar.js"
import { JumpButton } from "./ui/jump_button.js"
import { DateMenu } from "./ui/date_menu.js"
import { speak } from "./ui/language.js"
import { MeMenu } from "./ui/me_menu.js"
import { MemberList } from "./ui/member_list.js"
import { MessageList } from "./ui/message_list.js"
import { Navigation } from "./ui/navigation.js"
import { Notices } from "./ui/notices.js"
import { keepPage } from "./ui/offline.js"
import { Places } from "./ui/places.js"
import { Questions } from "./ui/questions.js"
import { Reader } from "./ui/reader.js"
import { RoomHeader } from "./ui/room_header.js"
import { RoomList } from "./ui/room_list.js"
import { SearchDialog } from "./ui/search_dialog.js"
import { Sheets } from "./ui/sheets.js"
import { Shortcuts } from "./ui/shortcuts.js"
import { wearTheme } from "./ui/theme.js"
import { Title } from "./ui/title.js"
import { TypingLine } from "./ui/typing_line.js"
import { UnreadPill } from "./ui/unread_pill.js"
import { onWakeUp, tellMidnight } from "./ui/wake_ups.js"
import { Welcome } from "./ui/welcome.js"

const facts = document.documentElement.dataset
const shelf = new Shelf(() => localStorage)
const words = new Words()
const person = new Person(shelf)
const account = new Account(shelf)
const preferences = new Preferences(shelf)
const drafts = new Drafts(shelf, person, { isAlone: facts.mode === "open" })
const directory = new RoomDirectory()
const receipts = new Receipts(shelf)
const api = new Api((...request) => fetch(...request))
const watch = new RoomWatch({ directory, person, shelf, ask: (userId) => api.rooms(userId) })
const timers = { setTimeout: setTimeout.bind(window), clearTimeout: clearTimeout.bind(window) }
const recognition = new Recognition({ person, account, ask: () => api.session(), timers })
const store = new KeptEntries({ indexedDB, channel: new BroadcastChannel("roomserver.outbox"), timers })
const outside = {
  origin: location.origin,
  askMembers: (room) => api.members(room),
  openSocket: (address) => new WebSocket(address),
  takeTurns: turnsBy({ locks: navigator.locks, shelf, timers }),
  timers,
}
const sessions = new Sessions({ store, person, outside })
let session = null
const rarities = {} // dialogs that were asked for, by their modules

await speak({ words, preferences })
const navigation = new Navigation({ words, onVisit: visit })
const questions = new Questions({ words, ask: new AskDialog({ words }), person })
const sheets = new Sheets()
const announcer = new Announcer({ words })
const list = new MessageList({ words, composer: () => composer, receipts })
const composer = new Composer({ words, drafts, onSent: () => list.toNewest() })
const notices = new Notices({ words, isOpenOnNetwork: "openOnNetwork" in facts, version: facts.version })
const places = new Places({ words, list, api, tell: (sentence) => notices.tell(sentence) })
const connectDialog = new ConnectDialog({ words })
const regions = [
  watch,
  navigation,
  new Title({ words, directory }),
  new RoomHeader({ words, directory, onConnect: () => connectDialog.open(), onAbout: openAboutRoom }),
  new Bell({ words, levels: new NotifyLevels(shelf), directory, askLatest: (room) => api.latest(room), open: (path) => navigation.goTo(path) }),
  new RoomList({ words, directory, account, onNew: openNewRoom }),
  new MemberList({ words, account, onManage: openManager }),
  notices,
  new ConnectionBar({
    words,
    mode: facts.mode,
    go: (room) => navigation.go(room),
    rename: (problem) => questions.myName(problem),
    signIn: () => location.assign(`/sign-in#to=${encodeURIComponent(`/rooms/${session.ref}`)}`),
    announce: (sentence) => announcer.say(sentence),
  }),
  new Welcome({ words }),
  list,
  places,
  new Reader({ words, list }),
  new JumpButton({ words, list }),
  new UnreadPill({ words, list, askAfter: (room, seq) => api.after(room, seq) }),
  new TypingLine({ words }),
  composer,
  connectDialog,
  new SearchDialog({ words, timers, ask: (...question) => api.search(...question) }),
  announcer,
]
new DateMenu({ places, list })
new Shortcuts({ words, toNewest: () => list.toNewest() })
new MeMenu({ words, person, account, preferences, onRename: () => questions.myName(), onSignOut: signOut })

preferences.addEventListener("change", () => {
  wearTheme(preferences.theme)
  speak({ words, preferences })
})
person.addEventListener("change", () => session?.connect())
recognition.addEventListener("another", ({ detail }) => beginAs(detail))
recognition.addEventListener("nobody", () => person.isNamed || session.connect()) // is told why not
onWakeUp(() => {
  session.wakeUp()
  watch.look()
})
wearTheme(preferences.theme)
visit(navigation.room, navigation.message)
tellMidnight()
recognition.begin()
watch.look()
if (person.isNamed) sessions.sendLeftovers(session)
else if (facts.mode === "open") questions.myName().then(() => composer.focus())
addEventListener("load", keepPage)
if (document.readyState === "complete") keepPage()

function visit(ref, message) {
  if (session?.ref !== ref) enter(ref)
  if (message) places.goTo(message)
}

function enter(ref) {
  if (session) sessions.leave(session)
  session = sessions.of(ref, { headSeq: directory.named(ref)?.last_seq })
  session.isLeft = false
  session.recognise(directory.named(ref))
  regions.forEach((region) => region.attach(session))
  sheets.close()
  if (person.isNamed && !session.isOpen) session.connect()
}

// All stays begin anew: each is one person's.
function beginAs(user) {
  const { ref } = session
  session = null
  sessions.forget()
  person.become(user)
  enter(ref)
  sessions.sendLeftovers(session)
}

// What few need comes when it is asked for.
async function rare(path, make) {
  sheets.close()
  try {
    const module = await import(path)
    rarities[path] ??= make(module)
  } catch {
    notices.tell(words.say("error.unreachable"))
  }
  return rarities[path]
}

async function openNewRoom() {
  const ways = { make: (facts) => api.createRoom(facts, person), go: (slug) => navigation.go(slug) }
  const dialog = await rare("./rooms/new_room.js", ({ NewRoom }) => new NewRoom({ words, directory, ...ways }))
  dialog?.open({ isBelieved: account.isOpen })
}

async function openAboutRoom() {
  const doors = { room: (ref) => api.room(ref, person), change: (ref, facts) => api.changeRoom(ref, facts, person) }
  const ways = { tell: (sentence) => notices.tell(sentence), onConnect: () => connectDialog.open() }
  const dialog = await rare("./rooms/about_room.js", ({ AboutRoom }) => new AboutRoom({ words, api: doors, receipts, ...ways }))
  await dialog?.open(session)
}

async function openManager(userId) {
  const ways = { words, account, fetch: (...request) => fetch(...request) }
  const dialog = await rare("./people/room_dialog.js", ({ RoomDialog }) => new RoomDialog(ways))
  await dialog?.open(session, userId)
}

async function signOut() {
  sheets.close()
  const refusal = await api.signOut().catch((error) => error)
  if (refusal) notices.tell(words.say("me.still_signed_in", { why: words.refusal(refusal) }))
  else location.assign("/sign-in")
}
