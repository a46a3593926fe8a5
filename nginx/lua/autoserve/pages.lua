-- Creates the answers that come from nginx itself and not from an app.

local cjson = require "cjson.safe"
local balancer = require "autoserve.balancer"

local PAGE = [[<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>%s</title>
<style>
:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.6 system-ui,sans-serif}
main{max-width:26rem;padding:2rem;text-align:center}
b{display:block;font-size:4rem;line-height:1;font-weight:200;opacity:.5}
h1{font-size:1.25rem;margin:1rem 0 .25rem}p{margin:0;opacity:.75}
</style>
<main><b>%d</b><h1>%s</h1><p>%s</p></main></html>
]]

local M = {}

-- Returns the media type and the text of a page, in the form that the client accepts. An app may have
-- pages of its own.
local function page(status, title, detail)
    local accept = ngx.var.http_accept or ""
    if accept:find("json", 1, true) then
        return "application/problem+json",
            cjson.encode { type = "about:blank", title = title, status = status, detail = detail }
    end
    local route = balancer.route()
    local own = route and route.app.error_pages and route.app.error_pages[status]
    if own then
        return "text/html; charset=utf-8", own
    end
    return "text/html; charset=utf-8", PAGE:format(title, status, title, detail)
end

local function answer(status, title, detail)
    local media_type, text = page(status, title, detail)
    ngx.var.autoserve_reason = detail
    ngx.status = status
    ngx.header["Cache-Control"] = "no-store"
    ngx.header["Content-Type"] = media_type
    ngx.print(text)
end

-- Answers a request whose body nothing may have read. If nginx did not discard the body, it would take
-- it for the next request on the connection. Behind another proxy, that request may be of another user.
local function answer_unread(status, title, detail)
    ngx.req.discard_body()
    answer(status, title, detail)
end

function M.unknown()
    answer_unread(404, "Not Found", "No app is served under this host name.")
end

function M.too_large()
    answer(413, "Content Too Large", "The app does not accept requests of this size.")
end

local REFUSALS = {
    [400] = { "Bad Request", "The request is not valid HTTP, or is plain HTTP at the port for HTTPS." },
    [405] = { "Method Not Allowed", "The methods TRACE and CONNECT are not served." },
    [411] = { "Length Required", "The request needs a Content-Length." },
    [414] = { "URI Too Long", "The address of the request has more than 16 KB." },
    [421] = { "Misdirected Request", "The host of the request is not the host of its TLS connection." },
    [431] = { "Request Header Fields Too Large", "A header of the request has more than 16 KB, or all have more than 64 KB." },
    [500] = { "Internal Server Error", "The proxy failed. Its log has the reason." },
    [501] = { "Not Implemented", "The transfer encoding of the request is not supported." },
    [505] = { "HTTP Version Not Supported", "The request must be HTTP/2, HTTP/1.1 or HTTP/1.0." },
}

-- Answers a request that nginx refuses itself.
function M.refused()
    local status = REFUSALS[ngx.status] and ngx.status or 500
    answer(status, unpack(REFUSALS[status]))
    return ngx.exit(ngx.HTTP_OK) -- ends the request; the status was sent with the page
end

-- Answers a request whose path may be that of several rules.
function M.ambiguous()
    answer_unread(400, "Bad Request", "Servers read this path in different ways, and the app has other rules for some of "
        .. "them. Write the path as the app does, without encoded slashes, ';', '//', '..' and '\\'.")
end

local DENIALS = {
    [401] = { "Unauthorized", "The app needs a user and a password." },
    [403] = { "Forbidden", "The app does not serve your address." },
    [429] = { "Too Many Requests", "Your address sent too many requests. Try again later." },
    [503] = { "Service Unavailable", "The app is under maintenance. Try again later." },
}

-- Answers a request that a rule of the app does not let through.
function M.denied()
    local status = DENIALS[ngx.status] and ngx.status or 503
    local rule, wait = balancer.rule(), ngx.var.autoserve_retry_after
    if status == 401 and rule and rule.auth then
        ngx.header["WWW-Authenticate"] = ('Basic realm="%s", charset="UTF-8"'):format(rule.auth.realm)
    end
    if wait ~= "" then
        ngx.header["Retry-After"] = wait
    end
    answer_unread(status, unpack(DENIALS[status]))
end

-- Why a request to an app that sleeps gets no answer of the app, and after how many seconds the client
-- may try again.
local UNHELD = {
    ignored = { "The app sleeps, and this request does not wake it.", 60 },
    full = { "The app sleeps, and too many requests wait for it already. Try again in a few seconds.", 5 },
    late = { "The app sleeps, and it did not start in time. Try again in a few seconds.", 5 },
}

-- Answers when nginx itself failed with 502 or 504. If the app itself answers with 502 or 504,
-- nginx passes that answer on unchanged.
function M.trouble()
    local failure = balancer.failure()
    local unheld = UNHELD[ngx.var.autoserve_unheld]
    if unheld then
        ngx.header["Retry-After"] = unheld[2]
        answer_unread(503, "Service Unavailable", unheld[1])
    elseif failure == "untried" then
        ngx.header["Retry-After"] = 1
        answer_unread(503, "Service Unavailable", "The app has no ready instance. Try again in a few seconds.")
    elseif failure == "late" then
        answer(504, "Gateway Timeout", "The app did not answer in time.")
    elseif failure == "long head" then
        answer(502, "Bad Gateway", "The app answered with headers of more than 64 KB.")
    else
        answer(502, "Bad Gateway", "The app closed the connection before it answered completely.")
    end
end

-- Returns the bytes of a complete answer for a client whose app sent an answer that nginx cannot pass
-- on for this reason.
function M.refused_answer(why)
    local media_type, text = page(502, "Bad Gateway", why)
    local head = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
        .. "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    return head:format(media_type, #text) .. (ngx.req.get_method() == "HEAD" and "" or text)
end

return M
