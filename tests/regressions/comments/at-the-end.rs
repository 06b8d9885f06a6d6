#[a]
#[b(c = "é")]
// seaworthy: allow(outbound-call-without-timeout, outbound-call-without-breaker) x