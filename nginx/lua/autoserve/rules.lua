-- Applies the rules that an app has for its requests: which clients may send them and how often,
-- redirects, paths with rules of their own, and changes of headers. An app without rules does not
-- come here.

local cors = require "autoserve.cors"
local fields = require "autoserve.fields"
local limits = require "autoserve.limits"
local networks = require "autoserve.networks"
local passwords = require "autoserve.passwords"
local paths = require "autoserve.paths"

-- How often a client may send a wrong password, since each of them takes a worker's time.
local WRONG_PER_SECOND, WRONG_AT_ONCE = 1, 10

local M = {}

-- Returns changes of headers as a list of {name, value}, where no value stands for a removal, or nil
-- if there are none.
local function read_headers(sent)
    if not sent then
        return nil
    end
    local changes = {}
    for name, value in pairs(sent.set) do
        changes[#changes + 1] = { name, value }
    end
    for _, name in ipairs(sent.remove) do
        changes[#changes + 1] = { name }
    end
    return changes
end

-- Returns the names of the headers that are changed, in lower case, as keys of a table, or nil if there
-- are none.
local function names_of(changes)
    if not changes then
        return nil
    end
    local names = {}
    for _, change in ipairs(changes) do
        names[change[1]:lower()] = true
    end
    return names
end

local function read_rule(app, sent, users)
    local request = read_headers(sent.request)
    local path = sent.path or "/"
    local below = path == "/" and path or path .. "/"
    return {
        app = app,
        -- requests count together with others of the app, unless the path has a limit of its own
        counted = app .. " " .. (sent.limit and sent.limit.own and path or "") .. " ",
        path = path,
        below = below,
        folded = path:lower(),
        folded_below = below:lower(),
        port = sent.port,
        strip = sent.strip,
        to = sent.to,
        status = sent.status,
        request = request,
        request_names = names_of(request),
        response = read_headers(sent.response),
        allow = sent.allow and networks.read(sent.allow),
        auth = sent.auth and passwords.read(sent.auth, users),
        limit = sent.limit,
        cors = sent.cors and cors.read(sent.cors),
        maintenance = sent.maintenance,
    }
end

-- Returns the rules of an app in a table, or nil if it has none.
function M.read(name, app)
    if not (app.redirects or app.whole or app.paths) then
        return nil
    end
    local rules = { redirects = app.redirects, whole = app.whole and read_rule(name, app.whole, app.users) }
    if app.paths then
        rules.paths = {}
        for i, sent in ipairs(app.paths) do
            rules.paths[i] = read_rule(name, sent, app.users)
        end
        table.sort(rules.paths, function(a, b) return #a.path > #b.path end)
        rules.capitals = paths.have_capitals(rules.paths)
    end
    return rules
end

-- Runs in the rewrite phase. Returns the rule that covers the present request, or nil. Does not return
-- if the host is redirected, or if it is not certain which rule covers the path.
function M.find(rules)
    local var = ngx.var
    local host = rules.redirects and rules.redirects[var.host]
    if host then
        local port = (var.is_request_port or "") .. (var.request_port or "")
        return ngx.redirect(var.autoserve_proto .. "://" .. host .. port .. var.request_uri, 308)
    end
    if not rules.paths then
        return rules.whole
    end
    local rule = paths.rule(rules.paths, paths.raw(var.request_uri), rules.capitals)
    if rule == false then
        return ngx.exec("@ambiguous")
    end
    return rule or rules.whole
end

local function client()
    return networks.client(ngx.var.binary_remote_addr)
end

local function refuse_for_now(seconds)
    ngx.var.autoserve_retry_after = math.ceil(seconds)
    return ngx.exit(429)
end

local function demand_password(rule)
    local header = ngx.var.http_authorization
    if not header then
        return ngx.exit(401)
    end
    if not passwords.knows(rule.auth, header) then
        local name = "password " .. rule.app .. " " .. client()
        local wait = limits.wait(name, WRONG_PER_SECOND, WRONG_AT_ONCE)
        if wait then
            return refuse_for_now(wait)
        end
        if not passwords.admits(rule.auth, header) then
            return ngx.exit(401)
        end
        limits.take_back(name, WRONG_PER_SECOND) -- many users may share an address
    end
    ngx.req.clear_header("Authorization") -- the password is none of the app's business
end

-- Answers requests that the rule does not let through.
local function guard(rule)
    if rule.allow and not networks.cover(rule.allow, ngx.var.binary_remote_addr) then
        return ngx.exit(403)
    end
    if rule.limit then
        local wait = limits.wait(rule.counted .. client(), rule.limit.rate, rule.limit.burst)
        if wait then
            return refuse_for_now(wait)
        end
    end
    if rule.maintenance then
        ngx.var.autoserve_retry_after = 60
        return ngx.exit(503)
    end
    if rule.cors then
        cors.answer_preflight(rule.cors)
    end
    if rule.auth then
        demand_password(rule)
    end
end

local function query()
    return ngx.var.is_args .. (ngx.var.args or "")
end

-- Returns the URL to which a rule redirects the request. It always names a host, because a path that
-- begins with "//" alone would lead to another host.
local function target(rule)
    local var = ngx.var
    local url = rule.to:gsub("/$", "") .. paths.rest(rule, paths.raw(var.request_uri))
    if url:sub(1, 4) ~= "http" then
        url = var.autoserve_proto .. "://" .. var.autoserve_host .. (url == "" and "/" or url)
    end
    return url .. query()
end

-- Clients must not be able to forge these headers with an underscore in their names either, because
-- many apps see it as a "-".
local function change_request(changes, names)
    fields.unmask(names)
    for i = 1, #changes do
        local change = changes[i]
        if change[2] then
            ngx.req.set_header(change[1], change[2])
        else
            ngx.req.clear_header(change[1])
        end
    end
end

-- Runs in the rewrite phase. Applies a rule to the present request. Does not return if the rule answers
-- the request.
function M.apply(rule)
    guard(rule)
    if rule.to then
        return ngx.redirect(target(rule), rule.status)
    end
    if rule.strip then
        local var = ngx.var
        local rest = paths.rest(rule, paths.raw(var.request_uri))
        var.autoserve_prefix = rule.path
        var.autoserve_target = (rest == "" and "/" or rest) .. query()
    end
    if rule.request then
        change_request(rule.request, rule.request_names)
    end
end

-- Runs in the header filter. Changes the headers of the answer.
function M.change_answer(rule)
    if rule.cors then
        cors.change_answer(rule.cors)
    end
    local changes = rule.response
    if changes then
        for i = 1, #changes do
            ngx.header[changes[i][1]] = changes[i][2]
        end
    end
end

return M
