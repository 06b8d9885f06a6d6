/* seaworthy: allow(missing-healthcheck) é */ // seaworthy: allow(é
# seaworthy: allow()
-- seaworthy: allow(a,,b) —é
// seaworthy:allow (a) :
