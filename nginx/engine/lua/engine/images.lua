-- Names of images as Docker reads them; see src/main/java/io/autoserve/model/ImageName.java.

local M = {}

-- The name under which Docker finds an image on the machine. Docker leaves Docker Hub out of its names,
-- so docker.io/localhost/shop and localhost/shop are one image for it.
local function on_machine(name)
    return (name:gsub("^docker%.io/", "", 1):gsub("^index%.docker%.io/", "", 1))
end

-- Names that begin with localhost/ have no registry.
function M.is_local(name)
    return on_machine(name):sub(1, 10) == "localhost/"
end

function M.of_platform(name)
    return on_machine(name):lower():sub(1, 20) == "localhost/autoserve/"
end

return M
