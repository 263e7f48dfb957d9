from serving.console.search import AT_MOST, Found, examples, search
from serving.matcher import Matcher


def test_creators_are_found_by_how_their_id_begins(matcher: Matcher) -> None:
    assert search(matcher.release, "a").creators == ("ada",)
    assert search(matcher.release, "da").creators == ("dan",)
    assert search(matcher.release, "zoe") == Found((), (), ())


def test_products_and_brands_are_found_by_a_part(matcher: Matcher) -> None:
    found = search(matcher.release, "lam")
    assert [product_id for product_id, _ in found.products] == ["lamp"]
    assert "glow" in search(matcher.release, "LO").brands


def test_there_are_examples_of_each_kind_and_never_too_many(large_matcher: Matcher) -> None:
    shown = examples(large_matcher.release)

    assert 0 < len(shown.creators) <= AT_MOST
    assert 0 < len(shown.products) <= AT_MOST
    assert 0 < len(shown.brands) <= AT_MOST
    assert len(search(large_matcher.release, "").creators) == AT_MOST
