// What the buttons in a row of the conversation do.

export function rowActions({ session, composer }) {
  const { outbox, deeds, log, view } = session
  return {
    retry: (clientId) => outbox.retry(clientId),
    edit: (clientId) => writeAnew(outbox.find(clientId)),
    delete: (clientId) => outbox.remove(clientId),
    undo: (clientId) => deeds.undo(clientId),
    toggle: (message, emoji) => deeds.toggle(message, emoji),
  }

  // Refused by the server, and given back to its author. An edit stays where it is while
  // there is nothing to write it in.
  function writeAnew({ client_id: clientId, message_id: id, content }) {
    if (id && !composer.edit(stored(id), content)) return
    outbox.remove(clientId)
    if (!id) composer.giveBack(content)
  }

  function stored(id) {
    return view.log.withId(id) ?? log.withId(id) ?? { id }
  }
}
