-- The beginning of both scripts: the time, records, votes, and the lines that show them. `act.lua`
-- and `sync.lua` follow. The rules are those of `breaker_core::shared`.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local LATEST = 253402300799999 -- the last millisecond of the year 9999
local DAY = 86400000
local WAVERING = 1000 -- a smaller step back of the clock is none
local KEPT = 2 * DAY -- the life of a key without a change
local HEARD = 30000 -- a domain is alive for so long after it was heard of

now = math.min(now, LATEST)

-- Returns the number that a text of digits spells, or nil if there is none up to `most`.
local function number(text, most)
  if type(text) ~= 'string' or #text > 15 or not text:find('^%d+$') then return nil end
  local value = tonumber(text)
  return value <= most and value or nil
end

local function digits(value)
  return string.format('%.0f', value)
end

-- Returns whether the text is a number of 64 bits, in one spelling.
local function is_generation(text)
  return type(text) == 'string' and (text == '0' or text:find('^[1-9]%d*$') ~= nil)
    and (#text < 20 or (#text == 20 and text <= '18446744073709551615'))
end

-- Returns whether the text may be a domain. `false` stands for none.
local function is_domain(text)
  return text == false or (#text >= 1 and #text <= 200 and not text:find('[%s%c{}]'))
end

-- Reads a record: nil if there is none, or something else. If the key is to be left alone, the
-- reason comes second, as an error.
local function read(key)
  local f = redis.pcall('HMGET', key, 'v', 'g', 'e', 'a', 's', 'u', 'l', 'o', 'b', 'h', 'f')
  if f.err then return nil, f end
  local version = number(f[1], 999)
  if version and version > 1 then
    return nil, redis.error_reply(
      'NEWER a newer version of breakerbox wrote the record, in format ' .. f[1])
  end
  local r = { generation = f[2], epoch = number(f[3], LATEST), at = number(f[4], LATEST) }
  if version ~= 1 or not is_generation(r.generation) or not r.epoch or not r.at then return nil end
  if f[5] == 'c' then return r end
  r.ends, r.length = number(f[6], LATEST + DAY), number(f[7], DAY)
  r.openings, r.began = number(f[8], 65535), number(f[9], r.epoch)
  if f[5] ~= 'o' or not r.ends or not r.length or not r.openings or not r.began then return nil end
  if not is_domain(f[10]) or not is_domain(f[11]) then return nil end
  r.open, r.holder, r.failed = true, f[10], f[11]
  return r
end

-- Writes a record. `places` is the key of the set of the places whose record is open.
local function write(key, places, place, r)
  if r.open then
    redis.call('SADD', places, place)
    redis.call('PEXPIRE', places, digits(KEPT))
  else
    redis.call('SREM', places, place)
  end
  local f = { 'v', '1', 'g', r.generation, 'e', digits(r.epoch), 'a', digits(r.at), 's', 'c' }
  if r.open then
    f[10] = 'o'
    local shape = { 'u', digits(r.ends), 'l', digits(r.length), 'o', digits(r.openings),
      'b', digits(r.began) }
    for _, word in ipairs(shape) do f[#f + 1] = word end
    if r.holder then f[#f + 1], f[#f + 2] = 'h', r.holder end
    if r.failed then f[#f + 1], f[#f + 2] = 'f', r.failed end
  end
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(f))
  redis.call('PEXPIRE', key, digits(KEPT))
end

-- Moves a record to this moment. Returns whether the clock has gone back, so that an opening begins
-- anew.
local function heal(r)
  if now + WAVERING >= r.at then
    r.at = math.max(r.at, now)
    return false
  end
  r.at = now
  if not r.open then return false end
  local ends = r.ends
  r.ends = now + r.length
  return r.ends ~= ends
end

-- Returns for how long a domain whose vote had that life raises no other suspicion.
local function forget_after(life)
  return math.max(600000, 10 * life)
end

-- Reads the votes: a table from domains to the end of the vote, its life, and when the domain
-- raised its last suspicion. `ends` is 0 if the vote was taken back; `raised` is 0 if the suspicion
-- is so old that the domain may raise another one. Entries without meaning are left out: a torn
-- one, one whose vote and suspicion are over, and one of the future, since the clock has gone back.
-- If the key holds something else, the table is nil, and an error comes second.
local function read_votes(key)
  local entries, votes = redis.pcall('HGETALL', key), {}
  if entries.err then return nil, entries end
  for i = 1, #entries, 2 do
    local ends, life, raised = entries[i + 1]:match('^(%d+) (%d+) (%d+)$')
    ends, life, raised = number(ends, LATEST + DAY), number(life, DAY), number(raised, LATEST)
    if ends and life and raised and math.max(ends - life, raised) <= now + WAVERING then
      if now >= raised + forget_after(life) then raised = 0 end
      if ends > now or raised > 0 then
        votes[entries[i]] = { ends = ends, life = life, raised = raised }
      end
    end
  end
  return votes
end

-- Writes the votes, and removes all others.
local function write_votes(key, votes)
  redis.call('DEL', key)
  for domain, vote in pairs(votes) do
    local words = { digits(vote.ends), digits(vote.life), digits(vote.raised) }
    redis.call('HSET', key, domain, table.concat(words, ' '))
  end
  redis.call('PEXPIRE', key, digits(KEPT))
end

-- Takes back the vote of a domain. Its suspicion is remembered.
local function take_back(votes, domain)
  local vote = votes[domain]
  if vote and vote.raised > 0 then vote.ends = 0 else votes[domain] = nil end
end

-- Returns the number of votes that count, without that of `except` if it is given.
local function count(votes, except)
  local sum = 0
  for domain, vote in pairs(votes) do
    if vote.ends > now and domain ~= except then sum = sum + 1 end
  end
  return math.min(sum, 65535)
end

-- Marks a domain as alive, and returns the number of live domains.
local function live(key, domain)
  redis.call('ZADD', key, digits(now), domain)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. digits(now - HEARD))
  -- Entries from before the clock went back.
  redis.call('ZREMRANGEBYSCORE', key, '(' .. digits(now + HEARD), '+inf')
  redis.call('PEXPIRE', key, digits(2 * HEARD))
  return redis.call('ZCARD', key)
end

-- Writes a record as a line.
local function line(place, r, votes)
  local words = { r.open and 'o' or 'c', r.generation, digits(r.epoch), digits(r.at),
    digits(count(votes)) }
  if r.open then
    words[6] = digits(math.min(math.max(r.ends - now, 0), r.length))
    words[7], words[8] = digits(r.openings), digits(r.began)
    words[9] = r.holder and '=' .. r.holder or '-'
    words[10] = r.failed and '=' .. r.failed or '-'
  end
  words[#words + 1] = place
  return table.concat(words, ' ')
end
