fn main() { let a = "é; }
