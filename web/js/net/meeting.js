// Who was in the room before, and how far everybody has read. The room goes on without it.

export async function meet({ ref, members, reading }, ask) {
  const people = await ask(ref).catch(() => [])
  members.meet(people)
  people.forEach(({ read_up_to: seq, ...person }) => reading.others.mark({ ...person, seq }))
}
