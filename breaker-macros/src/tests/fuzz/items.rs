//! Items as users write them, complete and unfinished.

/// Functions with one argument, which is not a `&mut`.
pub(super) const CALLS: &[&str] = &[
    "fn complete(prompt: &str) -> Result<Reply, Error> { post(prompt) }",
    "/// Asks.\n#[must_use] #[inline] pub(crate) fn ask(prompt: String) -> Reply \
     { #![allow(unused)] let reply = post(&prompt)?; if reply.is_empty() { return Ok(0); } Ok(reply) }",
    "fn recall(&self, prompt: &str) -> Result<&Memory, Error> { self.memory.get(prompt).ok_or(Error::Down) }",
    "unsafe extern \"C\" fn raw(r#type: *const u8) -> Result<u8, Error> { unsafe { Ok(*r#type) } }",
    "pub fn sum((a, b): (u8, u8)) -> Result<u8, Error> { a.checked_add(b).ok_or(Error::Down) }",
    "fn mutable(mut count: u32) -> Result<u32, Error> { count += 1; Ok(count) }",
    "fn first<'a, T: Clone + 'a, const N: usize>(all: &'a [T; N]) -> Result<&'a T, Error> \
     where T: Send { Ok(&all[0]) }",
];

pub(super) const ASYNC_CALLS: &[&str] = &[
    "async fn complete(prompt: &str) -> Result<Reply, Error> { let r = post(prompt).await?; Ok(r) }",
    "pub async fn at_once(prompt: String) -> Result<String, Error> { Ok(prompt) }",
    "async fn whole(all @ 0..: u32) -> Reply { select! { a = all => a, _ = sleep(1) => Err(Down) } }",
    "fn block(prompt: &str) -> impl Future<Output = Reply> + Send { async move { post(prompt).await } }",
    "fn made(prompt: &Reply) -> impl Future<Output = Reply> + use<> { ready(prompt.clone()) }",
    "fn boxed(prompt: &str) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> \
     { Box::pin(async move { post(prompt).await }) }",
    "fn early(prompt: Reply) -> BoxFuture<'static, Reply> \
     { if prompt.is_err() { return Box::pin(ready(prompt)); } Box::pin(async { prompt }) }",
    "fn say<'life0, 'async_trait>(&'life0 self, prompt: Reply) -> ::core::pin::Pin<Box<dyn \
     ::core::future::Future<Output = Reply> + ::core::marker::Send + 'async_trait>> \
     where 'life0: 'async_trait, Self: 'async_trait { Box::pin(async move { \
     if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Reply> \
     { #[allow(unreachable_code)] return __ret; } let __self = self; let prompt = prompt; \
     let __ret: Reply = { __self.post(prompt).await }; #[allow(unreachable_code)] __ret }) }",
];

/// Other functions that can be guarded.
pub(super) const FUNCTIONS: &[&str] = &[
    "fn nothing() -> Result<(), Error> { Ok(()) }",
    "fn no_type() { work(); }",
    "async fn no_type_async() { work().await }",
    "fn recall_sized(self) -> Reply where Self: Sized { self.look_up() }",
    "fn counted(mut self, reply: Reply) -> Result<Self, Fault> { self.calls = reply?; Ok(self) }",
    "fn fetch(self: Arc<Self>, reply: Reply) -> Reply { let calls = self.calls; reply.map(|n| n + calls) }",
    "async fn by_pin(self: Pin<&mut Self>, reply: Reply) -> Reply { ready(reply).await }",
    "async fn lent(&mut self, size: &mut u8) -> Result<&mut u8, Error> { *size += 1; Ok(size) }",
    "fn patterns((a, _): (u32, u32), Point { x, y: mut depth }: Point, [first, .., last]: [u32; 4], \
     &small: &u32, ref name: String, _: u32, _unused: u32) -> Reply { depth += x; Ok(a + depth) }",
    "async fn marked(#[expect(unused)] (a, b): Missing, #[allow(unused)] unused: u8) \
     -> Reply { #[cfg(test)] let reply = reply; reply }",
    "fn opaque(text: impl AsRef<str>, n: u8) -> Result<impl Iterator<Item = char>, Fault> \
     { Ok(text.as_ref().to_string().chars().collect::<Vec<_>>().into_iter()) }",
    "fn higher<F>(f: F, n: u8) -> Result<Box<dyn for<'a> Fn(&'a str) -> &'a str>, E> \
     where F: for<'b> Fn(&'b u8) { f(&n); Ok(Box::new(|s| s)) }",
    "default fn specialised(&self) -> Reply { Ok(1) }",
    "pub(in crate::a) async unsafe fn r#match<T>(r#type: T) -> Result<T, Box<dyn Error>> \
     { let it = async { r#type }; Ok(it.await) }",
    "fn innermost(reply: Reply) -> Reply { #[circuit_breaker(name = \"in\")] fn f(reply: Reply) \
     -> Reply { reply } macro_rules! m { ($x:expr) => { $x } } m!(f(reply)) }",
    "#[tracing::instrument(skip_all, fields(a = 1))] #[cfg_attr(test, inline)] \
     fn instrumented<'a>(&'a self, x: &'a [u8]) -> Result<&'a [u8], Error> { 'l: loop { break 'l Ok(x) } }",
    "fn tuple() -> Result<(u8, [i32; 3], fn(u8) -> u8, *const u8, &'static str), ()> { Err(()) }",
    "fn local(&self, reply: &Reply) -> LocalBoxFuture<'_, Reply> { let reply = reply.clone(); \
     (async move { reply }).boxed_local() }",
];

pub(super) const BLOCKS: &[&str] = &[
    "impl Client { fn call(&self) -> Result<(), E> { Ok(()) } async fn wait(self) -> Result<(), E> \
     { go().await } }",
    "impl Cat { const LIMIT: u32 = { 3 }; /// Cannot fail.\n const fn new() -> Self { Self { calls: 0 } } \
     fn recall(&self, reply: Reply) -> Reply { reply.map(|n| n + Self::LIMIT) } }",
    "impl Cat { #[circuit_breaker(skip)] fn count(&mut self, reply: &Reply) -> u32 { self.calls } \
     #[breakerbox::circuit_breaker(name = \"cat/slow\", threshold = 2)] fn slow(&self) -> Reply { Ok(1) } \
     #[circuit_breaker(fallback = Ok(1))] fn quick(&self) -> Reply { Ok(2) } }",
    "impl<T: Into<u32> + Copy> Store for Vec<T> where T: Send { type Item = T; \
     fn load(&self, reply: Reply) -> Reply { let first: u32 = self[0].into(); reply.map(|n| n + first) } \
     #[circuit_breaker(skip)] fn label(&self) -> &'static str { \"vec\" } }",
    "#[async_trait] impl Voice for &'_ Above { async fn say(&self, reply: Reply) -> Reply { reply } \
     async fn sing(&mut self, reply: Reply) -> Reply { self.0 = 1; reply } }",
    "unsafe impl Trait for [(u8, Self); 3] { #![allow(clippy::unused_self)] \
     #[cfg(test)] fn fetch(&self) -> Reply { Ok(1) } #[cfg(not(test))] fn fetch(&self) -> Reply { Err(2) } }",
    "default impl<'a, const N: usize> Read<'a> for (Buffer<N>) { pub default async fn read(&'a self) \
     -> Result<&'a [u8; N], Error> { self.fill().await } }",
    "impl Made { fn fetch(&self) -> impl Future<Output = Reply> { ready(Ok(1)) } \
     fn pinned(&self) -> Pin<Box<dyn Future<Output = Reply> + '_>> { Box::pin(async move { Ok(self.n) }) } }",
    "impl crate::a::Deep<{ 1 + 2 }> { #[must_use] fn iter(&self) -> Result<impl Iterator<Item = u8>, E> \
     { Ok([1].into_iter()) } }",
    "impl Half { fn call(&self) -> Result<(), E> { self.name. } fn other(&self) -> Result<(), E> { Ok(()) } }",
];

/// Items that cannot be guarded, or break off.
pub(super) const UNFIT: &[&str] = &[
    ";",
    "struct Client;",
    "pub struct Client { name: String }",
    "enum Error { Down, Busy(Duration) }",
    "trait Memory { fn recall(&self) -> Reply; }",
    "unsafe trait Memory: Send { fn recall(&self) -> Reply { Ok(1) } }",
    "mod client { fn call() {} }",
    "const LIMIT: u32 = 5;",
    "static BREAKER: Breaker = Breaker::new(\"own\", Config::new());",
    "type Reply = Result<u32, Fault>;",
    "use std::time::Duration;",
    "extern \"C\" { fn call() -> u8; }",
    "unsafe extern \"C\" { safe fn call() -> u8; }",
    "macro_rules! m { () => {} }",
    "let call = |x| x;",
    "fn conditional(#[cfg(not(test))] gone: u8, #[cfg(test)] reply: Reply) -> Reply { reply }",
    "fn declared(&self) -> Reply;",
    "const fn fixed() -> Result<(), E> { Ok(()) }",
    "fn never() -> ! { loop {} }",
    "unsafe extern \"C\" fn variadic(count: u8, ...) -> Result<u8, E> { Ok(count) }",
    "fn typed(&self) -> Reply { self. }",
    "fn open(x: u8) -> Reply { let x = }",
    "async fn waiting() -> Reply { foo(reply.await) + }",
    "fn headless",
    "fn",
    "pub async",
    "fn no_body() -> Result<(), E>",
    "impl Client {}",
    "impl Client { make_methods! { a, b } fn call(&self) -> Reply { Ok(1) } }",
    "impl Client",
    "impl Client { fn oth }",
    "impl Client { const X: u8 = 1; }",
    "impl { fn call() -> Reply { Ok(1) } }",
    "#[circuit_breaker] #[circuit_breaker(name = \"llm\")] fn twice() -> Reply { Ok(1) }",
    "fn one() -> Reply { Ok(1) } fn two() -> Reply { Ok(2) }",
];
