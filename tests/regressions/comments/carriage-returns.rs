// seaworthy: allow(outbound-call-without-timeout) é

//
#[é]
