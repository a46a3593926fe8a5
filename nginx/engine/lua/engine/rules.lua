-- The calls that AutoServe makes of Docker's API; see src/main/java/io/autoserve/runtime. Every other
-- call is refused. A rule names the method, the path, what the call may act on, the parameters of the
-- query, and the check of the body.

local images = require "engine.images"
local schema = require "engine.schema"

local ID = "([%w][%w_.-]*)"
local EXEC = "([0-9a-f]+)"
local IMAGE = "([%w][%w._:@/-]*)"

local M = {}

local function like(pattern, words)
    return function(value, name)
        if not value:find("^" .. pattern .. "$") then
            schema.refuse("parameter " .. name, ("must be %s, was '%s'"):format(words, value:sub(1, 100)))
        end
        return value
    end
end

local TRUTH = { ["0"] = true, ["1"] = true, ["false"] = true, ["true"] = true }

local function flag(value, name)
    if not TRUTH[value] then
        schema.refuse("parameter " .. name, ("must be 0, 1, false or true, was '%s'"):format(value:sub(1, 100)))
    end
    return value
end

local DIGITS = like("%d+", "a number")
local TIME = like("[%d.]+", "a time in seconds")
local NAME = like("[%w][%w_.-]*", "a name")
local REFERENCE = like("[%w][%w._:@/-]*", "the name of an image")

local function pulled(value, name)
    if images.is_local(value) then
        schema.refuse("parameter " .. name, ("is '%s', an image of this machine, which is never pulled"):format(value))
    end
    return REFERENCE(value, name)
end

local FILTERS = schema.map(schema.array(schema.text))

-- Returns the check of the parameter "filters" of a list or of events: the answer must be about this
-- installation, or about containers that the caller knows by name or by id.
local function filters(settings)
    local own = "autoserve.installation=" .. settings.installation
    local function every(values, pattern)
        for _, value in ipairs(values or {}) do
            if not value:find(pattern) then
                return false
            end
        end
        return values ~= nil and #values > 0
    end
    return function(value)
        local decoded = schema.decode(value)
        local text = FILTERS(decoded, "parameter filters")
        local about_own = false
        for _, label in ipairs(decoded.label or {}) do
            about_own = about_own or label == own
        end
        if not about_own and not every(decoded.name, "^%^/[%w][%w_.-]*%$$")
            and not every(decoded.id, "^[0-9a-f]+$") then
            schema.refuse("parameter filters", ("must ask for label '%s', or for names or ids"):format(own))
        end
        return text
    end
end

local COMMAND = schema.object({
    AttachStdin = schema.boolean,
    AttachStdout = schema.boolean,
    AttachStderr = schema.boolean,
    Tty = schema.boolean,
    Cmd = schema.array(schema.text),
}, { "Cmd" })

-- docker-java repeats the id of the path in the body, where Docker ignores it.
local function exec_create(value)
    if type(value) == "table" then
        value.containerId = nil
    end
    return COMMAND(value, "body")
end

local START = schema.object({
    Detach = function(value, path)
        if value ~= false then
            schema.refuse(path, "must be false")
        end
        return "false"
    end,
    Tty = schema.boolean,
    ConsoleSize = schema.array(schema.integer(0, 65535)),
})

local function exec_start(value)
    return START(value, "body")
end

-- @param checks the checks of creation.lua
function M.of(settings, checks)
    local function rule(method, path, more)
        more = more or {}
        more.method, more.path = method, "^" .. path .. "$"
        more.query = more.query or {}
        return more
    end
    local instance = { instance = true }
    local some_filters = filters(settings)
    return {
        rule("GET", "/info"),
        rule("GET", "/events", { query = { filters = some_filters, since = TIME }, needs = "filters" }),
        rule("GET", "/networks", { query = { filters = like(".*", "filters") } }),
        rule("POST", "/networks/create", { body = checks.network }),

        rule("GET", "/containers/json", { query = { filters = some_filters, all = flag }, needs = "filters" }),
        rule("POST", "/containers/create", { query = { name = NAME }, needs = "name", body = checks.container }),
        rule("GET", "/containers/" .. ID .. "/json",
            { subject = "container", may = { instance = true, nginx = true, ["controller-lb"] = true, firewall = true,
                ["front-door"] = true } }),
        rule("POST", "/containers/" .. ID .. "/start",
            { subject = "container", may = { instance = true, firewall = true, ["front-door"] = true } }),
        rule("POST", "/containers/" .. ID .. "/restart",
            { subject = "container", may = { nginx = true, ["controller-lb"] = true }, query = { t = DIGITS } }),
        rule("POST", "/containers/" .. ID .. "/stop",
            { subject = "container", may = instance, query = { t = DIGITS } }),
        rule("POST", "/containers/" .. ID .. "/kill",
            { subject = "container", may = { nginx = true }, query = { signal = like("HUP", "HUP") }, needs = "signal" }),
        rule("DELETE", "/containers/" .. ID,
            { subject = "container", may = instance, query = { force = flag, v = flag } }),
        rule("GET", "/containers/" .. ID .. "/logs", { subject = "container", may = instance, query = {
            stdout = flag, stderr = flag, timestamps = flag, follow = flag, tail = DIGITS, since = TIME } }),
        rule("GET", "/containers/" .. ID .. "/stats",
            { subject = "container", may = instance, query = { stream = flag, ["one-shot"] = flag } }),

        rule("POST", "/containers/" .. ID .. "/exec", { subject = "container", may = instance, body = exec_create }),
        rule("POST", "/exec/" .. EXEC .. "/start", { subject = "exec", body = exec_start, upgrades = true }),
        rule("POST", "/exec/" .. EXEC .. "/resize", { subject = "exec", query = { h = DIGITS, w = DIGITS } }),
        rule("GET", "/exec/" .. EXEC .. "/json", { subject = "exec" }),

        rule("POST", "/images/create", { query = { fromImage = pulled }, needs = "fromImage" }),
        rule("GET", "/images/" .. IMAGE .. "/json", { subject = "image" }),
        rule("DELETE", "/images/" .. IMAGE, { subject = "own image" }),
        rule("GET", "/distribution/" .. IMAGE .. "/json", { subject = "image" }),
    }
end

-- The path of a request as Docker reads it. Encoded characters are refused, with one exception:
-- docker-java encodes the slashes in names of images.
local function normal(raw)
    local path = raw:match("^[^?]*")
    if path:find("^/images/") or path:find("^/distribution/") then
        path = path:gsub("%%2[Ff]", "/"):gsub("%%3[Aa]", ":"):gsub("%%40", "@")
    end
    if path:find("[^%w._:@/-]") or path:find("//", 1, true) or path:find("/%.%.?/") or path:find("/%.%.?$") then
        schema.refuse("path", ("is unusual: '%s'"):format(raw:sub(1, 200)))
    end
    return path
end

-- Checks the parameters of the query and returns those to send.
local function checked(rule, query)
    local sent = {}
    for name, value in pairs(query) do
        local check = rule.query[name]
        if not check then
            schema.refuse("parameter " .. name, "is one that AutoServe never sends")
        end
        if type(value) ~= "string" then
            schema.refuse("parameter " .. name, "must be there once and have a value")
        end
        sent[name] = check(value, name)
    end
    if rule.needs and not sent[rule.needs] then
        schema.refuse("parameter " .. rule.needs, "is missing")
    end
    return sent
end

-- Finds the rule for a request.
-- @return the rule, the path, the name or id in the path, and the parameters to send
function M.find(rules, method, raw_path, query)
    local path = normal(raw_path)
    for _, rule in ipairs(rules) do
        local subject = rule.method == method and path:match(rule.path)
        if subject then
            if rule.subject == "own image" and images.of_platform(subject) then
                schema.refuse("image", ("'%s' belongs to the platform"):format(subject))
            end
            return rule, path, subject, checked(rule, query)
        end
    end
    schema.refuse("call", "is one that AutoServe never makes")
end

return M
