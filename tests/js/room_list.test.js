import assert from "node:assert/strict"
import { test } from "node:test"

import { Shelf } from "../../web/js/helpers/shelf.js"
import { RoomDirectory } from "../../web/js/models/room_directory.js"
import { RoomWatch } from "../../web/js/net/room_watch.js"
import { anOpenSession, aSession, hello, ME, message, ROOM } from "./support/builders.js"
import { MemoryStorage } from "./support/fakes.js"

const settled = () => new Promise(setImmediate)

function aRoom(id, name, { slug = name.toLowerCase(), ...rest } = {}) {
  return { id, slug, name, description: "", archived: false, last_seq: 0, unread: 0, mentions: 0, ...rest }
}

function directoryOf(...rooms) {
  const directory = new RoomDirectory()
  directory.replace(rooms)
  return directory
}

function named(rows) {
  return rows.map(({ room }) => room.slug)
}

test("the room on screen has nothing new, the others what the server says", () => {
  const directory = directoryOf(aRoom(1, "General", { unread: 3 }), aRoom(2, "Design", { unread: 2, mentions: 1 }))

  directory.enter("general")
  assert.deepEqual(directory.newElsewhere, { unread: 2, mentions: 1 })
  directory.enter("design")
  assert.deepEqual(directory.newElsewhere, { unread: 3, mentions: 0 })
  directory.show({ lastSeq: 9 })
  directory.enter("general")

  assert.deepEqual(directory.newElsewhere, { unread: 0, mentions: 0 })
})

test("what is said in the room on screen makes no work for the list of rooms", () => {
  const directory = directoryOf(aRoom(1, "General", { unread: 1 }))
  let changes = 0
  directory.enter("general")
  directory.addEventListener("change", () => (changes += 1))

  for (const lastSeq of [5, 6, 7]) directory.show({ lastSeq })

  assert.deepEqual([changes, directory.named("general").last_seq], [1, 7])
})

test("rooms stand by name as the reader's language sorts names, archived ones apart", () => {
  const rooms = ["Zoo", "árbol", "Room 10", "Room 9", "Old"].map((name, index) => aRoom(index, name, { archived: name === "Old" }))
  const { open, archived } = directoryOf(...rooms).listed("es")

  assert.deepEqual([named(open), named(archived)], [["árbol", "room 9", "room 10", "zoo"], ["old"]])
})

test("rooms with the same name say their addresses, and no other does", () => {
  const rooms = [aRoom(1, "Tea"), aRoom(2, "téa", { slug: "tea-2" }), aRoom(3, "Coffee")]
  const { open } = directoryOf(...rooms).listed("en")

  assert.deepEqual(open.filter(({ isTwin }) => isTwin).map(({ room }) => room.slug).sort(), ["tea", "tea-2"])
})

test("a name is known whatever its case and accents, unless only an archived room has it", () => {
  const directory = directoryOf(aRoom(1, "Café"), aRoom(2, "Attic", { archived: true }))
  const known = (name) => directory.called(name, "en").map(({ slug }) => slug)

  assert.deepEqual([known(" cafe "), known("Cafés"), known("attic")], [["café"], [], []])
})

test("counts that the server tells are shown, and what is new in them is news", () => {
  const directory = directoryOf(aRoom(1, "General"), aRoom(2, "Design", { last_seq: 4, unread: 1 }))
  const news = []
  directory.addEventListener("news", ({ detail }) => news.push([detail.room.slug, detail.afterSeq]))
  directory.enter("general")
  const tell = (unread, mentions, last_seq) => directory.hear([{ room_id: 2, last_seq, unread, mentions }])

  assert.equal(tell(3, 1, 6), true)
  assert.deepEqual(directory.newElsewhere, { unread: 3, mentions: 1 })
  tell(0, 0, 6) // read on another device

  assert.deepEqual(directory.newElsewhere, { unread: 0, mentions: 0 })
  assert.deepEqual(news, [["design", 4]])
  assert.equal(directory.hear([{ room_id: 9, last_seq: 1, unread: 1, mentions: 0 }]), false)
})

test("a room that is made, renamed or archived elsewhere is so here", () => {
  const directory = directoryOf(aRoom(1, "General", { unread: 2 }))

  directory.update({ room_id: 1, name: "Lobby", slug: "general", archived: true })
  directory.update({ room_id: 2, name: "New", slug: "new", archived: false })

  const [lobby, fresh] = directory.rooms
  assert.deepEqual([lobby.name, lobby.archived, lobby.unread], ["Lobby", true, 2])
  assert.deepEqual([fresh.id, fresh.unread, fresh.room_id], [2, 0, undefined])
})

// A watch over rooms that the server tells when it is told to.
function aWatch() {
  const storage = new MemoryStorage()
  const directory = new RoomDirectory()
  const questions = []
  const ask = (userId) => new Promise((answer, refuse) => questions.push({ userId, answer, refuse }))
  const watch = new RoomWatch({ directory, person: ME, shelf: new Shelf(() => storage), ask })
  return { watch, directory, questions, storage }
}

test("all rooms are asked for once after each connection, not by the clock", async () => {
  const { watch, directory, questions } = aWatch()
  const { session, network, clock } = aSession()
  watch.attach(session)
  session.connect()
  network.socket.tells("connected", hello())
  await settled()
  assert.deepEqual(questions.map(({ userId }) => userId), [ME.userId])
  questions[0].answer([aRoom(1, "General"), aRoom(2, "Design")])
  await settled()

  network.socket.tells("room_activity", { rooms: [{ room_id: 2, last_seq: 3, unread: 3, mentions: 0 }] })
  clock.pass(10_000)

  assert.equal(directory.newElsewhere.unread, 3)
  assert.equal(questions.length, 1)
  network.socket.ends()
  clock.pass(5_000)
  network.socket.tells("connected", hello())
  await settled()
  assert.equal(questions.length, 2)
})

test("whoever is shown out of a room asks which ones there still are", async () => {
  const { watch, directory, questions } = aWatch()
  const { session, network } = anOpenSession()
  directory.replace([aRoom(1, "General"), aRoom(2, "Plans")])
  watch.attach(session)

  network.socket.ends(4403)
  await settled()
  questions[0].answer([aRoom(1, "General")])
  await settled()

  assert.deepEqual(directory.rooms.map(({ name }) => name), ["General"])
})

test("whoever is signed out asks for no rooms", async () => {
  const { watch, directory, questions } = aWatch()
  const { session, network } = anOpenSession()
  directory.replace([aRoom(1, "General")])
  watch.attach(session)

  network.socket.ends(4401)
  await settled()

  assert.equal(session.state.why, "unauthorized")
  assert.deepEqual(questions, [])
})

test("counts that overtake the list are not undone by it", async () => {
  const { watch, directory, questions } = aWatch()
  const { session, network } = anOpenSession()
  watch.attach(session)
  watch.look()
  await settled()

  network.socket.tells("room_activity", { rooms: [{ room_id: 2, last_seq: 3, unread: 0, mentions: 0 }] })
  await settled()
  questions[0].answer([aRoom(2, "Design", { unread: 3 })])
  await settled()

  assert.equal(directory.newElsewhere.unread, 0)
})

test("a room that is made or renamed while the list is on its way is in it", async () => {
  const { watch, directory, questions } = aWatch()
  const { session, network } = anOpenSession()
  watch.attach(session)
  watch.look()
  await settled()

  network.socket.tells("room_updated", { room_id: 3, slug: "new", name: "New", archived: false })
  network.socket.tells("room_updated", { room_id: 2, slug: "design", name: "Drawing", archived: false })
  questions[0].answer([aRoom(2, "Design", { unread: 3 })])
  await settled()

  assert.deepEqual(directory.rooms.map(({ name, unread }) => [name, unread]), [["Drawing", 3], ["New", 0]])
})

test("news of a room that isn't known yet asks for all of them", async () => {
  const { watch, questions } = aWatch()
  const { session, network } = anOpenSession()
  watch.attach(session)

  network.socket.tells("room_activity", { rooms: [{ room_id: 7, last_seq: 1, unread: 1, mentions: 0 }] })
  await settled()

  assert.equal(questions.length, 1)
})

test("without the server the rooms last seen are there, and the list stays as it was", async () => {
  const { watch, directory, questions, storage } = aWatch()
  watch.look()
  await settled()
  questions[0].answer([aRoom(2, "Design")])
  await settled()
  watch.look()
  await settled()
  questions[1].refuse(new Error("unreachable"))
  await settled()
  assert.equal(directory.rooms.length, 1)

  const seenBy = (person) => {
    const later = new RoomDirectory()
    new RoomWatch({ directory: later, person, shelf: new Shelf(() => storage), ask: async () => [] })
    return later.rooms.map(({ name }) => name)
  }

  assert.deepEqual(seenBy(ME), ["Design"])
  assert.deepEqual(seenBy({ userId: 99 }), [], "another who uses this browser sees theirs")
})

test("the room on screen changes its name where it stands", () => {
  const { watch } = aWatch()
  const { session, network } = anOpenSession({ history: [message(1)] })
  watch.attach(session)
  const told = []
  session.addEventListener("room", ({ detail }) => told.push(detail.name))

  network.socket.tells("room_updated", { room_id: ROOM.id, ...ROOM, name: "Lobby", archived: true })
  network.socket.tells("room_updated", { room_id: 99, slug: "other", name: "Other", archived: false })

  assert.deepEqual(told, ["Lobby"])
  assert.equal(session.room.archived, true)
})
