-- Limits how often something may happen, for each of many keys. All workers share the counts.
--
-- This is the generic cell rate algorithm (GCRA). For each key it stores one time, which moves forward
-- by one interval with each request, and must not be further in the future than the burst permits.
-- The memory is fixed. If it is full, the keys that were used least recently are forgotten, so a
-- client that keeps sending requests is not.

local dict = ngx.shared.clients
local ROUNDING = 1e-6 -- seconds; more than the error of a time since 1970 in a double

local M = {}

-- Returns the key for a name. All keys have the same length, so a new key has room wherever an old one
-- was. With long keys among them, the memory would have room for fewer clients, and nginx could fail to
-- count some.
local function key_of(name)
    return ngx.md5_bin(name)
end

-- Counts one request under a name. Returns nil if it is permitted, and otherwise after how many seconds
-- the next one is.
function M.wait(name, rate, burst)
    local key, now, interval = key_of(name), ngx.now(), 1 / rate
    local time, why = dict:incr(key, interval, now)
    if not time then
        ngx.log(ngx.ERR, "the rate of requests cannot be counted: ", why)
        return nil
    end
    local before = time - interval
    if before < now then
        -- The key was idle. If two workers come here at once, one request is not counted.
        dict:set(key, now + interval)
        return nil
    end
    local excess = before - now - interval * burst
    if excess < ROUNDING then
        return nil
    end
    dict:incr(key, -interval)
    return excess
end

-- Takes back one request that was counted under the name a moment ago.
function M.take_back(name, rate)
    dict:incr(key_of(name), -1 / rate)
end

return M
