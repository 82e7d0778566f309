"""What a page of `policy serve` says, waited for."""


def outcome(page, text):
    """Wait until the page in front says a text of the case as it is filled in."""
    page.wait_for_function(
        "text => document.getElementById('said')?.innerText.includes(text) && !document.querySelector('#said.old')",
        arg=text,
    )
