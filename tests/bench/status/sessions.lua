-- Families that are logged in, one after the other: each request opens another one's page, from a browser that has had
-- its cookie since the page before, where it logged in.
local browser = "sila_browser=" .. string.rep("b", 43)
local tokens, count, at = {}, 0, 0

function init(args)
  for line in io.lines(args[1]) do
    count = count + 1
    tokens[count] = wrk.format("GET", nil, { ["Cookie"] = "sila_family=" .. line .. "; " .. browser })
  end
end

function request()
  at = at % count + 1
  return tokens[at]
end

function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("SILA %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99), wrong))
end
