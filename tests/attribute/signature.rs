//! Signatures: borrows, receivers, generics, `impl Trait` and patterns.

use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use support::{DOWN, Fault, Reply, named, now};

#[derive(Debug, Default, PartialEq)]
struct Shelf {
    books: Vec<u32>,
}

impl Shelf {
    #[circuit_breaker(name = "borrow")]
    fn last(&mut self) -> Result<&mut u32, Fault> {
        self.books.last_mut().ok_or(Fault::Down)
    }

    #[circuit_breaker(name = "borrow")]
    async fn last_async(&mut self) -> Result<&mut u32, Fault> {
        std::future::ready(()).await;
        self.books.last_mut().ok_or(Fault::Down)
    }

    #[circuit_breaker(name = "borrow", failure(Err(Fault::Down)), fallback = Self::spare)]
    fn last_or_spare(&mut self, default: u32) -> Result<&mut u32, Fault> {
        assert!(default != 0);
        self.books.last_mut().ok_or(Fault::Down)
    }

    #[circuit_breaker(name = "borrow", fallback = |_| Ok(&mut self.books[0]))]
    async fn last_or_first(&mut self, note: &str) -> Result<&mut u32, Fault> {
        assert_eq!(note, "");
        self.books.last_mut().ok_or(Fault::Down)
    }

    #[circuit_breaker(name = "borrow", error = |_| Fault::BadRequest)]
    fn itself(&mut self) -> Result<&Self, Fault> {
        self.books.push(1);
        Ok(self)
    }

    fn spare(&mut self, default: u32) -> Result<&mut u32, Fault> {
        self.books.push(default);
        self.books.last_mut().ok_or(Fault::Down)
    }
}

/// [MAC-031]
#[test]
fn borrow_of_mutable_self_is_returned() {
    let scope = Scope::enter();
    let mut shelf = Shelf::default();
    assert_eq!(shelf.last(), Err(Fault::Down));
    assert_eq!(now(shelf.last_async()), Err(Fault::Down));
    let breaker = named(&scope, "borrow");
    assert_eq!(breaker.snapshot().consecutive_failures, 2);
    shelf.books = vec![1, 2];
    *shelf.last().unwrap() += 10;
    *now(shelf.last_async()).unwrap() += 100;
    *shelf.last_or_spare(5).unwrap() += 1_000;
    *now(shelf.last_or_first("")).unwrap() += 10_000;
    assert_eq!(shelf.itself().unwrap().books, [1, 11_112, 1]);
    breaker.force_open();
    *shelf.last_or_spare(5).unwrap() += 1;
    *now(shelf.last_or_first("")).unwrap() += 7;
    assert_eq!(shelf.books, [8, 11_112, 1, 6]);
    assert_eq!(shelf.itself(), Err(Fault::BadRequest));
}

#[derive(Debug)]
struct Token(u32);

impl Token {
    #[circuit_breaker(name = "receiver")]
    fn by_value(mut self) -> Reply {
        self.0 += 1;
        Ok(self.0)
    }

    #[circuit_breaker(name = "receiver", fallback = |cause| { drop(cause); Ok(self.0) })]
    async fn by_box(self: Box<Self>) -> Reply {
        Ok(self.0 + 2)
    }

    #[circuit_breaker(name = "receiver")]
    fn by_rc(self: Rc<Self>) -> Reply {
        Ok(self.0 + 3)
    }

    #[circuit_breaker(name = "receiver", fallback = Self::by_arc)]
    async fn by_arc_reference(self: &Arc<Self>) -> Reply {
        Ok(self.0 + 4)
    }

    #[circuit_breaker(name = "receiver")]
    fn by_pin(self: Pin<&mut Self>) -> Result<&mut u32, Fault> {
        Ok(&mut self.get_mut().0)
    }

    fn by_arc(self: &Arc<Self>) -> Reply {
        Ok(self.0 + 5)
    }
}

#[test]
fn every_receiver_is_guarded() {
    let scope = Scope::enter();
    assert_eq!(Token(10).by_value(), Ok(11));
    assert_eq!(now(Box::new(Token(10)).by_box()), Ok(12));
    assert_eq!(Rc::new(Token(10)).by_rc(), Ok(13));
    assert_eq!(now(Arc::new(Token(10)).by_arc_reference()), Ok(14));
    assert_eq!(Pin::new(&mut Token(10)).by_pin(), Ok(&mut 10));
    named(&scope, "receiver").force_open();
    assert!(Token(10).by_value().is_err());
    assert_eq!(now(Box::new(Token(10)).by_box()), Ok(10));
    assert!(Rc::new(Token(10)).by_rc().is_err());
    assert_eq!(now(Arc::new(Token(10)).by_arc_reference()), Ok(15));
    assert!(Pin::new(&mut Token(10)).by_pin().is_err());
}

#[circuit_breaker(name = "generic", threshold = 1)]
fn sum<T, const N: usize>(all: [T; N], fails: bool) -> Result<T, Fault>
where
    T: std::iter::Sum<T> + Copy,
{
    if fails {
        return Err(Fault::Down);
    }
    Ok(all.iter().copied().sum())
}

/// [MAC-001]
#[test]
fn generic_function_shares_one_breaker_across_its_instances() {
    let scope = Scope::enter();
    assert_eq!(sum([1_u8, 2], false), Ok(3));
    assert_eq!(sum([1.5_f64, 2.0, 3.0], false), Ok(6.5));
    assert_eq!(sum([1_u8], true), Err(Fault::Down));
    assert!(sum([1.5_f64, 2.0], false).unwrap_err().is_rejection());
    assert_eq!(scope.registry().len(), 1);
}

/// [MAC-033] [MAC-072]
#[test]
fn generics_of_the_impl_and_of_the_error_are_visible_in_the_body() {
    struct Wrapper<T>(T);
    impl<T: Clone + Debug> Wrapper<T> {
        #[circuit_breaker(name = "impl")]
        async fn pair<U: Into<T>>(&self, other: U) -> Result<(T, T), Fault> {
            std::future::ready(()).await;
            let both: (T, T) = (self.0.clone(), other.into());
            Ok(both)
        }
    }
    #[circuit_breaker(name = "impl")]
    fn fail<E: From<breakerbox::BreakerError> + From<std::fmt::Error>>() -> Result<(), E> {
        Err(std::fmt::Error)?
    }
    let _scope = Scope::enter();
    assert_eq!(now(Wrapper(1_u64).pair(2_u32)), Ok((1, 2)));
    let error = fail::<Box<dyn std::error::Error>>().unwrap_err();
    assert!(error.is::<std::fmt::Error>());
}

/// [MAC-014]
#[test]
fn impl_trait_in_arguments_and_return_types_stays_opaque() {
    #[circuit_breaker(name = "impl-trait")]
    fn evens(all: &[u8]) -> Result<impl Iterator<Item = &u8> + '_, Fault> {
        if all.is_empty() {
            return Err(Fault::BadRequest);
        }
        Ok(all.iter().filter(|n| **n % 2 == 0))
    }
    #[circuit_breaker(name = "impl-trait")]
    fn adder(text: impl AsRef<str>) -> Result<impl Fn(i32) -> i32, Box<dyn std::error::Error>> {
        let n: i32 = text.as_ref().parse()?;
        Ok(move |x| x + n)
    }
    #[circuit_breaker(name = "impl-trait", error = |_| Fault::Down)]
    async fn debug(x: impl Debug + Copy) -> Result<impl Debug, Fault> {
        std::future::ready(()).await;
        Ok((x, x))
    }
    #[circuit_breaker(name = "impl-trait", failure(Err(_)))]
    fn nested(x: u8) -> Result<(impl Iterator<Item = impl Fn() -> u8>, Vec<impl Clone>), Fault> {
        Ok(([1, 2].into_iter().map(move |n| move || n + x), vec![x]))
    }
    let _scope = Scope::enter();
    assert_eq!(evens(&[1, 2, 4]).unwrap().count(), 2);
    assert!(evens(&[]).is_err());
    assert_eq!(adder("3").unwrap()(4), 7);
    assert!(adder("x").is_err());
    assert_eq!(format!("{:?}", now(debug(1)).unwrap()), "(1, 1)");
    let sum: u8 = nested(10).unwrap().0.map(|f| f()).sum();
    assert_eq!(sum, 23);
}

#[test]
fn patterns_keep_their_binding_modes() {
    struct Point {
        x: u32,
        label: String,
    }
    #[circuit_breaker(name = "patterns", threshold = 1, fallback = back)]
    fn measure(
        (a, mut b): (u32, u32),
        Point { x, .. }: Point,
        [first, .., last]: [u32; 4],
        &by_reference: &u128,
        ref text: String,
    ) -> Reply {
        b += 1;
        let length: &str = text;
        let length = u32::try_from(length.len()).unwrap();
        if length == 0 {
            return DOWN;
        }
        Ok(a + b + x + first + last + u32::try_from(by_reference).unwrap() + length)
    }
    #[allow(clippy::needless_pass_by_value, reason = "what the guarded one takes")]
    fn back(_: (u32, u32), point: Point, _: [u32; 4], _: &u128, text: String) -> Reply {
        Ok(u32::try_from(point.label.len() + text.len()).unwrap())
    }
    let call = |text: &str| {
        let label = "label".into();
        measure((1, 2), Point { x: 3, label }, [4, 0, 0, 5], &6, text.into())
    };
    let _scope = Scope::enter();
    assert_eq!(call("four"), Ok(26));
    assert_eq!(call(""), DOWN);
    assert_eq!(call("four"), Ok(9));
}

#[test]
fn guarded_method_keeps_its_trait_usable_as_an_object() {
    trait Source {
        #[circuit_breaker(name = "object")]
        fn read(&self) -> Reply {
            Ok(1)
        }
    }
    struct One;
    impl Source for One {}
    let _scope = Scope::enter();
    let source: Box<dyn Source> = Box::new(One);
    assert_eq!(source.read(), Ok(1));
}
