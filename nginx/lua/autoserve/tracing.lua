-- Begins a trace for a request that has none, in the form of W3C Trace Context (level 1). nginx itself
-- records no spans, so an app sees the parent that is named here as the caller's.

local fields = require "autoserve.fields"

local M = {}

-- Returns whether this is a traceparent that an app can continue. A later version may have more parts.
local function is_valid(text)
    local version, trace, parent, rest =
        text:match("^([0-9a-f][0-9a-f])%-([0-9a-f]+)%-([0-9a-f]+)%-[0-9a-f][0-9a-f](.*)$")
    return version and version ~= "ff"
        and #trace == 32 and trace:find("[^0]")
        and #parent == 16 and parent:find("[^0]")
        and (rest == "" or version ~= "00" and rest:sub(1, 1) == "-")
end

-- Passes a valid traceparent on as it is. Otherwise sets one, and marks this share of them as sampled.
-- The trace has the id that nginx gives the request.
function M.begin(sample)
    local given = fields.may_include("traceparent") and ngx.var.http_traceparent
    if given and is_valid(given) then
        return
    end
    local id = ngx.var.request_id
    local flags = math.random() < sample and "01" or "00"
    ngx.req.set_header("traceparent", ("00-%s-%s-%s"):format(id, id:sub(1, 16), flags))
    ngx.req.clear_header("tracestate") -- belongs to the traceparent that was not valid
end

return M
