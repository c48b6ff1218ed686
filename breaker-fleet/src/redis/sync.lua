-- Marks a domain as alive. Answers with the number of live domains, and with a line for each record
-- that is asked for, and for each open one: a random thousand of them, if there are more.
-- KEYS: the set of open places, the live domains.
-- ARGV: domain, the prefix of the keys of records, the prefix of the keys of votes, and the places
-- that are asked for.

local MOST = 1000 -- a script holds up the whole server

local answer, is_listed = { digits(live(KEYS[2], ARGV[1])) }, {}

-- Adds the line of a record, unless it is `open_only` and not open. Returns whether it is open.
local function add(place, open_only)
  local key = ARGV[2] .. place
  local r, trouble = read(key)
  local votes = {}
  if not trouble and not (r and r.open) then votes, trouble = read_votes(ARGV[3] .. place) end
  if trouble then
    answer[#answer + 1] = '! ' .. trouble.err:match('^-?(%S*)') .. ' ' .. place
    return true
  end
  if not r or (open_only and not r.open) then return false end
  local written = r.at
  if heal(r) then write(key, KEYS[1], place, r) else r.at = written end
  answer[#answer + 1] = line(place, r, votes)
  return r.open
end

for i = 4, #ARGV do
  if is_listed[ARGV[i]] == nil then is_listed[ARGV[i]] = add(ARGV[i], false) end
end
for _, place in ipairs(redis.call('SRANDMEMBER', KEYS[1], digits(MOST))) do
  if is_listed[place] == nil then is_listed[place] = add(place, true) end
  if not is_listed[place] then redis.call('SREM', KEYS[1], place) end
end
return answer
