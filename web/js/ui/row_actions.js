// What the buttons in a row of the conversation do.

export function rowActions({ session, composer }) {
  const { outbox, deeds, log } = session
  return {
    retry: (clientId) => outbox.retry(clientId),
    edit: (clientId) => writeAnew(outbox.remove(clientId)),
    delete: (clientId) => outbox.remove(clientId),
    undo: (clientId) => deeds.undo(clientId),
    toggle: (message, emoji) => deeds.toggle(message, emoji),
  }

  // Refused by the server, and given back to its author.
  function writeAnew({ message_id, content }) {
    if (message_id) composer.edit({ ...log.withId(message_id), content })
    else composer.giveBack(content)
  }
}
