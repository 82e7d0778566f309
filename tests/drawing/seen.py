"""What a page of `policy serve` says, waited for."""


def outcome(page, text):
    """Wait until the page in front says a text of the case as it is filled in."""
    page.wait_for_function(
        "text => document.getElementById('said')?.innerText.includes(text) && !document.querySelector('#said.old')",
        arg=text,
    )


def held_back(page):
    """From now on what the server answers waits; what lets it come, waits until it was asked for and is there."""
    waiting = []
    page.route("**/findings", lambda route: waiting.append(route))  # noqa: PLW0108 - it takes no method of a list

    def come():
        while not waiting:
            page.wait_for_timeout(20)
        page.evaluate(
            "() => { window.there = new Promise(done => document.body.addEventListener('htmx:afterRequest', () => done(), {once: true})); }"
        )
        for one in waiting:
            one.continue_()
        page.unroute("**/findings")
        page.evaluate("() => window.there")

    return come
