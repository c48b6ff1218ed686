//! A page that is mounted in axum, with requests over a socket.

use axum::Router;
use breaker_page::Page;
use tokio::net::TcpListener;

use crate::common::Stage;
use crate::common::http1::Client;

async fn serve(page: Page) -> Client {
    let inner = Router::new().nest_service("/breakers", page.clone());
    let app = Router::new().nest_service("/ops", page).nest("/a/b", inner);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client { address: listener.local_addr().unwrap() };
    tokio::spawn(async move { axum::serve(listener, app).await });
    client
}

#[tokio::test]
async fn page_is_there_with_and_without_the_last_slash() {
    let stage = Stage::new();
    let client = serve(stage.page.clone()).await;
    let plain = stage.get("/");
    for path in ["/ops", "/ops/", "/a/b/breakers", "/a/b/breakers/"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, plain.body, "{path}");
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, plain.header("content-security-policy"));
    }
    assert_eq!(client.get("/op").await.status, 404);
}

#[tokio::test]
async fn routes_work_below_any_path_with_escapes_kept() {
    let stage = Stage::new();
    stage.breaker("a/b", 1);
    stage.breaker("..", 1);
    let client = serve(stage.page.clone()).await;
    for base in ["/ops", "/a/b/breakers"] {
        for path in ["/health", "/breakers", "/breakers/a%2Fb", "/breakers/~.."] {
            let answer = client.get(&format!("{base}{path}")).await;
            assert_eq!(answer.status, 200, "{base}{path}");
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        }
        assert_eq!(client.get(&format!("{base}/breakers/nobody")).await.status, 404);
    }
}

#[tokio::test]
async fn actions_and_head_pass_through() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let client = serve(stage.page.clone()).await;
    let answer =
        client.ask("POST", "/ops/breakers/llm/force-open", "breakerbox-action: 1\r\n").await;
    assert_eq!((answer.status.as_u16(), llm.state()), (200, breaker_core::State::Isolated));
    let (head, get) = (client.ask("HEAD", "/ops/", "").await, client.get("/ops/").await);
    assert_eq!((head.body.len(), head.header("content-length")), (0, get.header("content-length")));
}
