-- Limits the retries of requests whose connection broke, because the requests themselves may have
-- broken it. Each request to an app earns a part of a retry, so that retries cannot add more than this
-- part to the load of instances that fail already. Each worker has budgets of its own.

local SHARE = 0.2     -- retries that a request earns
local PER_SECOND = 1  -- retries that a second earns, for apps with few requests
local MOST = 100      -- retries that are saved; an instance that dies breaks all its connections at once

local M = {}

local budgets = {} -- by the app's name

local function of_app(name, now)
    local budget = budgets[name]
    if not budget then
        budget = { left = MOST, counted = now }
        budgets[name] = budget
    end
    return budget
end

-- Notes a request of an app.
function M.earn(name, now)
    local budget = of_app(name, now)
    budget.left = math.min(MOST, budget.left + SHARE)
end

-- Returns whether the app has a retry left, and takes it.
function M.spend(name, now)
    local budget = of_app(name, now)
    budget.left = math.min(MOST, budget.left + (now - budget.counted) * PER_SECOND)
    budget.counted = now
    if budget.left < 1 then
        return false
    end
    budget.left = budget.left - 1
    return true
end

return M
