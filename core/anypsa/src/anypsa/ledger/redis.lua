-- Slots, lines and windows, on the server's clock. One call is one step for everybody; times are whole milliseconds.
--
-- KEYS: the epoch, the window, then slots, turns and last sights of each key of the claim.
-- ARGV: what to do, and with what, as JSON.

local verb, given = ARGV[1], cjson.decode(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch, window = KEYS[1], KEYS[2]
local MONTH = 30 * 24 * 3600 * 1000

-- Since when the count holds: a server that was started again, emptied or replaced may not know who is inside. The book is
-- what has been counted without a gap: another one does not know what was spent.
local function trusted_from()
  local info, run, up = redis.pcall('INFO', 'server'), '', nil
  if type(info) == 'string' then
    run = string.match(info, 'run_id:(%w+)') or ''
    up = tonumber(string.match(info, 'uptime_in_seconds:(%d+)'))
  end
  local known = redis.call('HMGET', epoch, 'run', 'from', 'book')
  local from, book = tonumber(known[2]), known[3]
  if known[1] ~= run then
    if known[1] or given.book ~= '' then
      from = now + given.quiet
    else
      from = up and math.max(now, now - up * 1000 + given.quiet) or now
    end
  elseif given.alone and from <= now then
    from = now + given.quiet
  end
  book = book or run .. '@' .. string.format('%.0f', from)
  redis.call('HSET', epoch, 'run', run, 'from', from, 'book', book)
  redis.call('PEXPIRE', epoch, MONTH)
  return book, from
end

-- What the window holds, and its oldest step. A step is forgotten as a whole, late rather than early; what a clock that
-- was set back left ahead of now counts as spent now.
local step
local function spent()
  step = math.floor(now / given.step)
  local total, oldest, steps = 0, step, redis.call('HGETALL', window)
  for i = 1, #steps, 2 do
    local at, count = tonumber(steps[i]), tonumber(steps[i + 1])
    if at < step - given.steps then
      redis.call('HDEL', window, steps[i])
    else
      if at > step then
        redis.call('HDEL', window, steps[i])
        redis.call('HINCRBY', window, step, count)
      end
      total, oldest = total + count, math.min(oldest, at)
    end
  end
  return total, oldest
end

local function spend(count)
  redis.call('HINCRBY', window, step, count)
  redis.call('PEXPIRE', window, (given.steps + 2) * given.step)
end

-- The claim's keys, each with its slots, turns and last sights.
local function each(act)
  for i = 3, #KEYS, 3 do
    act(KEYS[i], KEYS[i + 1], KEYS[i + 2])
  end
end

local function leave(turns, seen, who)
  redis.call('ZREM', turns, who)
  redis.call('ZREM', seen, who)
end

-- How long until it is the claim's turn under one key; who must wait takes a place in line.
local function turn(slots, turns, seen)
  redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
  for _, who in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - given.patience)) do
    leave(turns, seen, who)
  end
  local had = given.who ~= '' and redis.call('ZSCORE', turns, given.who)
  local mine = now + given.handicap
  if had then
    mine = math.min(mine, tonumber(had))
    redis.call('ZADD', turns, mine, given.who)
    redis.call('ZADD', seen, now, given.who)
  end
  local ahead = had and redis.call('ZRANK', turns, given.who) or redis.call('ZCOUNT', turns, '-inf', mine)
  local free = given.slots - redis.call('ZCARD', slots)
  if free > ahead then
    return 0
  end
  if given.who ~= '' and not had then
    redis.call('ZADD', turns, mine, given.who)
    redis.call('ZADD', seen, now, given.who)
  end
  redis.call('PEXPIRE', turns, 100 * given.patience)
  redis.call('PEXPIRE', seen, 100 * given.patience)
  local missing = math.max(0, ahead - free)
  local next = redis.call('ZRANGE', slots, missing, missing, 'WITHSCORES')
  local known = next[2] and tonumber(next[2]) - now + 1 or given.longest_poll
  return known < given.longest_poll and known or math.min(given.poll * (1 + missing), given.longest_poll)
end

local function held()
  local all = #KEYS > 2
  each(function(slots) all = all and redis.call('ZSCORE', slots, given.token) end)
  return all
end

local function admit()
  local book, from = trusted_from()
  local total, oldest = spent()
  -- What was spent elsewhere is reported to the book that its reporter knows; to another one then, with all that went before.
  if given.owed > 0 and (given.book == '' or given.book == book) then
    spend(given.owed)
    total = total + given.owed
  end
  local answer = { book = book, used = total }
  if from > now then
    answer.wait, answer.why = from - now, 'settling'
    return answer
  end
  if held() then
    return answer -- its own answer was lost on the way
  end
  local wait = 0
  each(function(slots, turns, seen) wait = math.max(wait, turn(slots, turns, seen)) end)
  if wait > 0 then
    answer.wait, answer.why = wait, 'slot'
  elseif total >= given.limit then
    answer.wait, answer.why = math.max((oldest + given.steps + 1) * given.step - now, given.poll), 'window'
  else
    spend(1)
    answer.used = total + 1
    each(function(slots, turns, seen)
      redis.call('ZADD', slots, now + given.lease, given.token)
      redis.call('PEXPIRE', slots, 2 * given.lease)
      leave(turns, seen, given.who)
    end)
  end
  return answer
end

local function release()
  each(function(slots)
    if redis.call('ZSCORE', slots, given.token) then
      redis.call('ZADD', slots, now + given.lag, given.token)
    end
  end)
  return {}
end

local function withdraw()
  each(function(_, turns, seen) leave(turns, seen, given.who) end)
  return {}
end

local function used()
  return { used = (spent()) }
end

local verbs = { admit = admit, release = release, withdraw = withdraw, used = used }
return cjson.encode(verbs[verb]())
