from __future__ import annotations

import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.servers import BrokenReplyError, Rota, checked, fetch
from schemas.errors import RecipeError
from tests.captioning.scripted_server import Script, dripping, failing, saying, serving


def test_servers_take_turns():
    rota = Rota(["a", "b", "c"])
    assert [rota.next() for _ in range(6)] == [("a", 0.0), ("b", 0.0), ("c", 0.0)] * 2


def test_a_server_that_rests_is_passed_over_until_its_time_has_come():
    rota = Rota(["a", "b"])
    rota.rest("a", 0.1)
    assert {rota.next()[0] for _ in range(4)} == {"b"}
    time.sleep(0.12)
    assert {rota.next()[0] for _ in range(4)} == {"a", "b"}


def test_where_all_rest_the_first_to_come_back_is_waited_for():
    rota = Rota(["a", "b"])
    rota.rest("a", 30)
    rota.rest("b", 10)
    rota.rest("b", 1)
    url, seconds = rota.next()
    assert url == "b"
    assert 9 < seconds <= 10


def test_turns_from_many_threads_are_shared_evenly():
    rota = Rota(["a", "b"])
    taken: list[str] = []
    threads = [threading.Thread(target=lambda: taken.extend(rota.next()[0] for _ in range(100))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count("a") == taken.count("b") == 400


@pytest.mark.parametrize("url", ["http://gpu1:8000/v1", "http://gpu1:8000/v1/", "https://host/path/v1"])
def test_an_url_is_taken_without_its_last_slash(url):
    assert checked(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["", "gpu1:8000/v1", "http://", "http://[/v1", "http://h:x/v1", "http://h:99999/v1", "http://me@h/v1"]
)
def test_what_is_no_url_of_a_server_is_refused(url):
    with pytest.raises(RecipeError, match="servers.urls"):
        checked(url)


@given(st.text(max_size=30))
def test_no_text_is_taken_for_an_url_unless_it_is_one(text):
    try:
        url = checked(text)
    except RecipeError:
        return
    assert url.lower().startswith(("http://", "https://"))


def test_a_reply_that_is_no_json_is_broken_unless_it_tells_of_an_error():
    with serving(Script([saying(b"hello"), failing(500, "ouch")])) as url:
        with pytest.raises(BrokenReplyError, match="no JSON"):
            fetch(f"{url}/chat/completions", {"messages": []}, {}, 5)
        reply = fetch(f"{url}/chat/completions", {"messages": []}, {}, 5)
    assert (reply.status, reply.content) == (500, {"error": {"message": "ouch"}})


def test_a_dripping_reply_is_cut_off_and_says_so():
    with serving(Script([dripping(20)])) as url:
        start = time.monotonic()
        with pytest.raises(BrokenReplyError, match=r"no whole reply in 0.3 s"):
            fetch(f"{url}/chat/completions", {"messages": []}, {}, 0.3)
        assert time.monotonic() - start < 2


def test_a_server_that_does_not_even_accept_is_given_up_in_time():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        with pytest.raises(BrokenReplyError):
            fetch(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1/models", None, {}, 0.3)
