-- Buckets of latency, each 8 % wider than the one before. 192 buckets cover 50 µs to 2 minutes, and
-- any quantile is exact within 4 %.

local log = math.log

local SMALLEST, GROWTH, LAST = 50e-6, 1.08, 191
local PER_UNIT_OF_LOG = 1 / log(GROWTH)

local M = { smallest = SMALLEST, growth = GROWTH }

-- Returns the bucket of a latency. Bucket i covers SMALLEST * GROWTH^i to SMALLEST * GROWTH^(i+1).
-- Bucket 0 also has all shorter latencies, and bucket LAST all longer ones.
function M.bucket(seconds)
    if seconds <= SMALLEST then
        return 0
    end
    local index = log(seconds / SMALLEST) * PER_UNIT_OF_LOG
    if index >= LAST then
        return LAST
    end
    return index - index % 1
end

return M
