async fn main() {
    reqwest::get("http://inventory:8080/items").await.unwrap();
    reqwest::get("http://prices:8080/items").await.unwrap(); //~ nothing is called prices
    reqwest::get("https://api.example.com/items").await.unwrap();
}
