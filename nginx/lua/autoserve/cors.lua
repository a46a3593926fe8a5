-- Lets other sites use an app from a browser (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

local M = {}

local SIMPLE = { "GET", "HEAD", "POST" }

function M.read(sent)
    local origins, methods = {}, {}
    for _, origin in ipairs(sent.origins) do
        origins[origin] = true
    end
    for _, method in ipairs(SIMPLE) do
        methods[#methods + 1] = method
    end
    for _, method in ipairs(sent.methods) do
        methods[#methods + 1] = method
    end
    return {
        origins = origins,
        methods = table.concat(methods, ", "),
        headers = table.concat(sent.headers, ", "),
        credentials = sent.credentials,
        max_age = sent.maxAge,
    }
end

-- Answers the request if a browser asks with it whether a site may send another request. Does not
-- return in that case.
function M.answer_preflight(cors)
    local var = ngx.var
    if ngx.req.get_method() ~= "OPTIONS" or not var.http_origin or not var.http_access_control_request_method then
        return
    end
    if cors.origins["*"] or cors.origins[var.http_origin] then
        ngx.header["Access-Control-Allow-Methods"] = cors.methods
        ngx.header["Access-Control-Max-Age"] = cors.max_age
        if cors.headers ~= "" then
            ngx.header["Access-Control-Allow-Headers"] = cors.headers
        end
    end
    ngx.status = 204
    return ngx.exit(204)
end

local function add_vary()
    local vary = ngx.header["Vary"]
    if type(vary) == "table" then
        vary = table.concat(vary, ", ")
    end
    ngx.header["Vary"] = vary and vary .. ", Origin" or "Origin"
end

-- Runs in the header filter. Takes the place of what the app says about other sites.
function M.change_answer(cors)
    local header = ngx.header
    header["Access-Control-Allow-Origin"] = nil
    header["Access-Control-Allow-Credentials"] = nil
    if cors.origins["*"] then
        header["Access-Control-Allow-Origin"] = "*"
        return
    end
    add_vary()
    local origin = ngx.var.http_origin
    if origin and cors.origins[origin] then
        header["Access-Control-Allow-Origin"] = origin
        if cors.credentials then
            header["Access-Control-Allow-Credentials"] = "true"
        end
    end
end

return M
