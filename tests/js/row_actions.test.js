// What was refused is given back to its author, and is nowhere lost on the way.

import assert from "node:assert/strict"
import { test } from "node:test"

import { rowActions } from "../../web/js/ui/row_actions.js"
import { anOpenSession, contents, ME, message } from "./support/builders.js"

const MINE = { user_id: ME.userId, username: ME.username }

// A composer that takes an edit, or has nothing to write in.
function aComposer({ isBarred = false } = {}) {
  const taken = []
  const edit = (stored, text) => !isBarred && Boolean(taken.push({ stored, text }))
  return { taken, edit, giveBack: (text) => taken.push({ text }) }
}

// A room with a message of mine, and an edit of it that was refused.
function aRefusedEdit({ composer, of: id = 102 }) {
  const { session, outbox, log } = anOpenSession({ history: [message(1), message(2, MINE)], last_seq: 2 })
  const { client_id } = outbox.addDeed({ kind: "edit", message_id: id, content: "better" })
  outbox.fail(client_id, { code: "forbidden" })
  return { session, outbox, log, clientId: client_id, actions: rowActions({ session, composer }) }
}

test("a refused edit stays in the outbox while there is nothing to write in", () => {
  const composer = aComposer({ isBarred: true })
  const { outbox, clientId, actions } = aRefusedEdit({ composer })

  actions.edit(clientId)

  assert.deepEqual(contents(outbox.entries), ["better"])
})

test("a refused edit is written anew over what is stored", () => {
  const composer = aComposer()
  const { outbox, clientId, actions } = aRefusedEdit({ composer })

  actions.edit(clientId)

  assert.deepEqual(outbox.entries, [])
  const [{ stored, text }] = composer.taken
  assert.deepEqual([stored.id, stored.content, text], [102, "message 2", "better"])
})

test("a refused edit of a message of long ago is one of that message", () => {
  const composer = aComposer()
  const { session, clientId, actions } = aRefusedEdit({ composer, of: 105 })
  const page = { messages: [message(5, { ...MINE, content: "of old" })], changes: [], has_more: false, has_newer: true }
  session.view.visit(page, {})

  actions.edit(clientId)

  assert.deepEqual([composer.taken[0].stored.content, composer.taken[0].text], ["of old", "better"])
})

test("an edit of a message that isn't loaded any more still says which", () => {
  const composer = aComposer()
  const { clientId, actions } = aRefusedEdit({ composer, of: 109 })

  actions.edit(clientId)

  assert.equal(composer.taken[0].stored.id, 109)
})

test("a refused message goes before whatever is being written", () => {
  const composer = aComposer({ isBarred: true })
  const { session, outbox } = anOpenSession()
  const { client_id } = outbox.add("hello")
  outbox.fail(client_id, { code: "muted" })

  rowActions({ session, composer }).edit(client_id)

  assert.deepEqual([outbox.entries, composer.taken], [[], [{ text: "hello" }]])
})
