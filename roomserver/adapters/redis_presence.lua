-- Who is in a room, over all instances. The clock is Redis's own: the one that all share.
--
-- KEYS[1]   sorted set: "user_id:instance" of the room, scored by when it expires, in ms
-- KEYS[2]   hash: user_id -> username in the room
-- KEYS[3]   sorted set: who has been told as gone not long ago, scored by when, in ms
-- KEYS[4]   sorted set: all instances, scored by when they expire, in ms
-- KEYS[5]   hash: "user_id:instance" -> the turn in which they left that instance
-- KEYS[6]   sorted set: all rooms with people, scored by when the last of them expires, in ms
-- ARGV[1]   arrive, depart, renew, sweep, present or lapsed
-- ARGV[2]   this instance
-- ARGV[3]   how long somebody counts as here without being renewed, in ms
-- ARGV[4]   the turn: this instance counts what it asks for
-- ARGV[5]   the room
-- ARGV[6…]  user_id, username, user_id, username, …
--
-- Answers with user_id, username, …: who is new (arrive), who is here after all (renew),
-- who is nowhere now (depart, sweep), who is here (present). To "lapsed" it answers with the
-- rooms that nobody renews any more.

local people, names, gone, instances, left, rooms = unpack(KEYS)
local action, me, keep_ms, turn = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local LEFT_MAX = 1000
local time = redis.call("TIME")
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local function is_here(user_id)
  for _, instance in ipairs(redis.call("ZRANGE", instances, 0, -1)) do
    local expires_ms = redis.call("ZSCORE", people, user_id .. ":" .. instance)
    if expires_ms and tonumber(expires_ms) > now_ms then
      return true
    end
  end
  return false
end

-- Somebody who isn't known may only have been forgotten with everything else: to be here
-- after all, they must have been told as gone.
local function note(user_id, username)
  -- What was asked for before they left may come late: over another connection, or from one
  -- that had hung. It must not bring them back.
  local left_in = redis.call("HGET", left, user_id .. ":" .. me)
  if left_in and tonumber(left_in) > turn then
    return false
  end
  local is_new = not is_here(user_id)
  local was_gone = redis.call("ZREM", gone, user_id) == 1
  redis.call("ZADD", people, now_ms + keep_ms, user_id .. ":" .. me)
  redis.call("HSET", names, user_id, username)
  return is_new and (action == "arrive" or was_gone)
end

local answer = {}

local function add(user_id)
  answer[#answer + 1] = user_id
  answer[#answer + 1] = redis.call("HGET", names, user_id) or ""
end

local function forget(user_id)
  add(user_id)
  redis.call("HDEL", names, user_id)
  redis.call("ZADD", gone, now_ms, user_id)
  redis.call("ZREMRANGEBYSCORE", gone, "-inf", now_ms - 10 * keep_ms)
  redis.call("PEXPIRE", gone, 10 * keep_ms)
end

if action == "arrive" or action == "renew" then
  redis.call("ZADD", instances, now_ms + 10 * keep_ms, me)
  redis.call("ZREMRANGEBYSCORE", instances, "-inf", now_ms)
  redis.call("ZADD", rooms, now_ms + keep_ms, ARGV[5])
  for i = 6, #ARGV, 2 do
    if note(ARGV[i], ARGV[i + 1]) then
      add(ARGV[i])
    end
  end
  for _, key in ipairs({ people, names, instances, rooms }) do
    redis.call("PEXPIRE", key, 10 * keep_ms)
  end
elseif action == "depart" then
  local whose = ARGV[6] .. ":" .. me
  redis.call("ZREM", people, whose)
  if redis.call("HLEN", left) >= LEFT_MAX then
    redis.call("DEL", left)
  end
  redis.call("HSET", left, whose, turn)
  redis.call("PEXPIRE", left, 10 * keep_ms)
  if not is_here(ARGV[6]) then
    forget(ARGV[6])
  end
elseif action == "sweep" then
  for _, member in ipairs(redis.call("ZRANGEBYSCORE", people, "-inf", now_ms)) do
    redis.call("ZREM", people, member)
    local user_id = string.match(member, "^%d+")
    if redis.call("HEXISTS", names, user_id) == 1 and not is_here(user_id) then
      forget(user_id)
    end
  end
  if redis.call("EXISTS", people) == 0 then
    redis.call("ZREM", rooms, ARGV[5])
  end
elseif action == "lapsed" then
  answer = redis.call("ZRANGEBYSCORE", rooms, "-inf", now_ms, "LIMIT", 0, 1000)
else
  local seen = {}
  for _, member in ipairs(redis.call("ZRANGEBYSCORE", people, now_ms, "+inf")) do
    local user_id = string.match(member, "^%d+")
    if not seen[user_id] then
      seen[user_id] = true
      add(user_id)
    end
  end
end

return answer
