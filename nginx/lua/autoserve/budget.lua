-- Limits the retries of requests whose connection broke, because the requests themselves may have
-- broken it. Each request to an app earns a part of a retry, so that retries cannot add more than this
-- part to the load of instances that fail already. An instance that dies breaks all its connections at
-- once, and few of their requests are the cause, so these retries need no budget. Each worker has
-- budgets of its own.

local SHARE = 0.2     -- retries that a request earns
local PER_SECOND = 1  -- retries that a second earns, for apps with few requests
local MOST = 100      -- retries that are saved
local PAUSE = 1       -- second without a broken connection, after which the next one may be a death

local M = {}

local budgets = {} -- by the app's name
local breaks = {}  -- by the slot of the instance: {first, last} of the breaks without a pause

local function of_app(name, now)
    local budget = budgets[name]
    if not budget then
        budget = { left = MOST, counted = now }
        budgets[name] = budget
    end
    return budget
end

-- Returns what is left of a budget, with what the time since its last use has earned.
local function left(budget, now)
    return math.min(MOST, budget.left + (now - budget.counted) * PER_SECOND)
end

-- Notes a request of an app.
function M.earn(name, now)
    local budget = of_app(name, now)
    budget.left = math.min(MOST, budget.left + SHARE)
end

-- Returns whether the app has a retry left, and takes it.
local function spend(name, now)
    local budget = of_app(name, now)
    budget.left, budget.counted = left(budget, now), now
    if budget.left < 1 then
        return false
    end
    budget.left = budget.left - 1
    return true
end

-- Returns since when connections to the instance have broken without a pause. Notes that one more broke.
local function breaking_since(slot, now)
    local series = breaks[slot]
    if not series or now - series.last >= PAUSE then
        series = { first = now }
        breaks[slot] = series
    end
    series.last = now
    return series.first
end

-- Returns whether a request may be retried whose connection to the instance in this slot broke.
-- `began` is when nginx chose the instance for it.
function M.permits(name, slot, began, now)
    return began <= breaking_since(slot, now) or spend(name, now)
end

-- Forgets the budgets that are full, since a new budget is full too. Otherwise the budgets of removed
-- apps would stay for ever.
function M.forget(now)
    for name, budget in pairs(budgets) do
        if left(budget, now) >= MOST then
            budgets[name] = nil
        end
    end
end

return M
