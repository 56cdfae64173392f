-- Puts what was just said where readers look first.
--
-- KEYS      a room each, a sorted set: records as JSON, scored by seq
-- ARGV[1]   how many records of a room are kept at most
-- ARGV[2]   for how long a room is kept in which nothing is said, in s
-- ARGV[3]   in MessagePack, for each room: seq, JSON, seq, JSON, … by seq

local kept_max, keep_s, news = tonumber(ARGV[1]), ARGV[2], cmsgpack.unpack(ARGV[3])
local PIECE = 1000 -- more doesn't fit on Lua's stack

-- A Redis that is full refuses a script only at its first command, if that one takes room.
redis.call("ZADD", KEYS[1], "XX", 0, "")

for place, room in ipairs(KEYS) do
  local records = news[place]
  -- What is there under these numbers may be from before a deletion, or from a log that
  -- has been restored since.
  redis.call("ZREMRANGEBYSCORE", room, records[1], records[#records - 1])
  for first = 1, #records, PIECE do
    redis.call("ZADD", room, unpack(records, first, math.min(first + PIECE - 1, #records)))
  end
  redis.call("ZREMRANGEBYRANK", room, 0, -kept_max - 1)
  redis.call("EXPIRE", room, keep_s)
end
