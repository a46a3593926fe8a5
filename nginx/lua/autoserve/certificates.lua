-- Stores the certificates that the leader sends, and chooses the certificate for each handshake. It
-- also applies a host's redirect and HSTS settings, and serves the answers that prove to a
-- certificate authority who controls a host. Documented in nginx/README.md.

local cjson = require "cjson.safe"
local document = require "autoserve.document"
local memory = require "autoserve.memory"
local routes = require "autoserve.routes"
local ssl = require "ngx.ssl"

local dict = ngx.shared.certificates
local locks = ngx.shared.autoserve
local A_YEAR = "max-age=31536000"

local M = {}

local function parse(site)
    local chain, why = ssl.parse_pem_cert(site.chain)
    if not chain then
        return nil, why
    end
    local key, why_not = ssl.parse_pem_priv_key(site.key)
    return key and { chain = chain, key = key }, why_not
end

local function check(sent)
    if type(sent) ~= "table" or type(sent.version) ~= "table" or type(sent.sites) ~= "table" or type(sent.challenges) ~= "table" then
        return "needs a version, sites and challenges"
    end
    for host, site in pairs(sent.sites) do
        local parsed, why = parse(site)
        if not parsed then
            return host .. ": " .. tostring(why)
        end
    end
end

function M.version()
    local version = document.get(dict, "version")
    return version and cjson.decode(version) or { timeline = 0, epoch = 0, seq = 0 }
end

local function store(text)
    local sent = cjson.decode(text)
    local fault = check(sent)
    if fault then
        return "invalid", fault
    end
    if routes.compare(sent.version, M.version()) < 0 then
        return "refused"
    end
    local changed = document.get(dict, "text") ~= text
    local stored, full = document.replace(dict, "certificates", { version = cjson.encode(sent.version), text = text })
    if not stored then
        return "full", full
    end
    if changed then
        memory.shared.certificates = memory.shared.certificates + 1
    end
    return "stored"
end

-- Stores all certificates at once. Returns one of these:
-- - "stored"
-- - "refused" if nginx has newer certificates
-- - "invalid", and the reason
-- - "busy" if other certificates are being stored
-- - "full", and the reason, if the memory has no room for them. nginx keeps the present ones.
function M.store(text)
    if not locks:add("storing certificates", true, 5) then
        return "busy"
    end
    local ok, result, why = pcall(store, text)
    locks:delete("storing certificates")
    if ok then
        return result, why
    end
    return "invalid", tostring(result)
end

local generation, sites, challenges = 0, {}, {}
local has_sites = false

-- Reloads the certificates if they changed. If not, the only cost is reading the shared generation.
local function refresh()
    if memory.shared.certificates ~= generation then
        generation = memory.shared.certificates
        local stored = cjson.decode(document.get(dict, "text"))
        sites, challenges = stored.sites, stored.challenges
        has_sites = next(sites) ~= nil
    end
end

-- Finds the site of a host. A certificate for `*.example.com` covers exactly one label in place of
-- the asterisk.
local function site_of(host)
    refresh()
    return sites[host] or sites["*" .. (host:match("%..+$") or "")]
end

-- Runs as ssl_certificate_by_lua. A handshake fails if its host has no certificate.
function M.choose()
    local name = ssl.server_name()
    local site = name and site_of(name:lower())
    if not site then
        return
    end
    site.parsed = site.parsed or parse(site)
    ssl.clear_certs()
    ssl.set_cert(site.parsed.chain)
    ssl.set_priv_key(site.parsed.key)
end

-- Runs in the rewrite phase. Redirects to TLS if the host requires it, and sets how long browsers
-- should use only TLS (HSTS).
function M.insist()
    refresh()
    if not has_sites then
        return
    end
    local var = ngx.var
    local site = site_of(var.host)
    if not site then
        return
    end
    if site.redirect and var.autoserve_proto == "http" then
        return ngx.redirect("https://" .. var.host .. var.request_uri, 308)
    end
    if site.hsts and var.autoserve_proto == "https" then
        var.autoserve_hsts = A_YEAR
    end
end

-- Answers the challenge of a certificate authority. Returns false if the leader sent no answer for
-- it. The request is then for an app that orders its own certificate.
function M.answer_challenge()
    refresh()
    local answer = challenges[ngx.var.uri:match("[^/]*$")]
    if not answer then
        return false
    end
    ngx.req.discard_body() -- see lua/autoserve/pages.lua
    ngx.header["Content-Type"] = "application/octet-stream"
    ngx.print(answer)
    return ngx.exit(200)
end

return M
