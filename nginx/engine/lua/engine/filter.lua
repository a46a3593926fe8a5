-- Judges each request by the rules, and sends Docker only what it has checked.

local creation = require "engine.creation"
local docker = require "engine.docker"
local images = require "engine.images"
local rules = require "engine.rules"
local schema = require "engine.schema"
local subjects = require "engine.subjects"
local tunnel = require "engine.tunnel"

local installation = os.getenv("AUTOSERVE_INSTALLATION") or "autoserve"
local settings = {
    installation = installation,
    network = os.getenv("AUTOSERVE_NETWORK") or installation,
    subnet = os.getenv("AUTOSERVE_SUBNET") or "172.20.0.0/16",
    host_paths = os.getenv("AUTOSERVE_ALLOW_HOST_PATHS") == "true",
    privileged = os.getenv("AUTOSERVE_ALLOW_PRIVILEGED") == "true",
}
local allowed = rules.of(settings, creation.checks(settings))

local MOST_PARAMETERS = 16

local M = {}

local function answer(status, text)
    ngx.status = status
    ngx.header["Content-Type"] = "application/json"
    ngx.header["Content-Length"] = #text
    ngx.print(text)
    return ngx.exit(ngx.HTTP_OK)
end

local function message(text)
    return '{"message":' .. schema.text(text) .. "}\n"
end

local function refused(why)
    local call = ("%s %s"):format(ngx.req.get_method(), ngx.var.request_uri:sub(1, 200))
    local text = ("AutoServe's filter in front of Docker refuses %s: %s"):format(call, why)
    ngx.log(ngx.WARN, (text:gsub("%c", " ")))
    return answer(403, message(text))
end

-- Reads the body. Returns the checked body to send in its place and the image that it names. Both are
-- nil if there is none.
local function checked_body(rule, query)
    ngx.req.read_body()
    local text = ngx.req.get_body_data()
    if ngx.req.get_body_file() then
        schema.refuse("body", "is too long")
    end
    if not rule.body then
        if text and text ~= "" and text ~= "{}" and text ~= "null" then
            schema.refuse("body", "is there, but this call takes none")
        end
        return nil
    end
    local decoded = schema.decode(text or "")
    if type(decoded) ~= "table" then
        schema.refuse("body", "is not a JSON object")
    end
    return rule.body(decoded, query), decoded.Image
end

local function judged()
    local query, cut = ngx.req.get_uri_args(MOST_PARAMETERS)
    if cut then
        schema.refuse("query", "has too many parameters")
    end
    local verdict = {}
    verdict.rule, verdict.path, verdict.subject, verdict.query =
        rules.find(allowed, ngx.req.get_method(), ngx.var.request_uri, query)
    verdict.upgrade = ngx.var.http_upgrade ~= nil
    if verdict.upgrade and not verdict.rule.upgrades then
        schema.refuse("header Upgrade", "is there, but this call has no upgrade")
    end
    verdict.body, verdict.image = checked_body(verdict.rule, verdict.query)
    if verdict.rule.subject == "own image" then
        verdict.image = verdict.subject
    end
    return verdict
end

-- The rules have judged the name of an image, but it may also be an id or the beginning of one, which
-- has no slash. Docker is then asked for the image's names. If one of them belongs to the platform,
-- the request gets its answer here and this function never returns.
local function require_own_image(name)
    if not name or name:find("/", 1, true) then
        return
    end
    if not name:find("^[%w][%w._:@-]*$") then
        return refused(("image '%s' must be a name or an id"):format(name:sub(1, 100)))
    end
    local status, text, found = docker.image(name)
    if not status then
        return ngx.exit(444) -- Docker did not answer, so the caller must look again
    end
    if status ~= 200 then
        return answer(status, text)
    end
    for _, known in ipairs(type(found.RepoTags) == "table" and found.RepoTags or {}) do
        if images.of_platform(known) then
            return refused(("image '%s' is '%s', which belongs to the platform"):format(name, known))
        end
    end
end

-- Returns the path with the id of its subject in place of a name, which may change its owner. If the
-- call may not act on the subject, the request gets its answer here and this function never returns.
local function path_of(verdict)
    local rule, path = verdict.rule, verdict.path
    if rule.subject ~= "container" and rule.subject ~= "exec" then
        return path
    end
    local kind, id, text = subjects[rule.subject](settings, verdict.subject)
    if not kind then
        if not id then
            return ngx.exit(444) -- Docker did not answer, so the caller must look again
        end
        return answer(id, text)
    end
    if not (rule.may or { instance = true })[kind] then
        return refused(("'%s' is %s"):format(verdict.subject, kind == "foreign"
            and "no instance of this installation" or "a part of the platform, for which this call is not allowed"))
    end
    local from, to = path:find(verdict.subject, #path:match("^/%a+/") + 1, true)
    return path:sub(1, from - 1) .. id .. path:sub(to + 1)
end

-- Runs before nginx passes the request on to Docker.
function M.judge()
    local fine, verdict = pcall(judged)
    if not fine then
        if type(verdict) == "table" and verdict.refusal then
            return refused(verdict.refusal)
        end
        ngx.log(ngx.ERR, "could not judge a request: ", tostring(verdict))
        return refused("the filter failed to judge it; check its log")
    end
    require_own_image(verdict.image)
    local path, query = path_of(verdict), ngx.encode_args(verdict.query)
    ngx.var.target = query == "" and path or path .. "?" .. query
    if verdict.body then
        ngx.req.set_body_data(verdict.body)
    end
    if verdict.upgrade then
        return ngx.exec("@tunnel")
    end
end

M.tunnel = tunnel.run

-- Answers requests that nginx itself refuses.
function M.odd()
    return answer(ngx.status, message("AutoServe's filter in front of Docker refuses a malformed request"))
end

return M
