"""The operators' board: rooms without people."""

from tests.web.conftest import PUBLIC_URL, Practice
from videocall.access.people import Role
from videocall.signalling.messages import SUBPROTOCOL


async def test_a_therapist_has_no_board_and_an_operator_no_agenda(practice: Practice) -> None:
    therapist = await practice.signed_in(await practice.add())
    operator = await practice.signed_in(await practice.add(Role.OPERATOR, "op@example.org"))
    assert (await therapist.get("/board")).status == 403
    assert (await therapist.get("/board/rooms")).status == 403
    for page in ("/agenda", "/appointments/new"):
        assert (await operator.get(page)).status == 403


async def test_an_operator_never_sees_an_appointment(practice: Practice) -> None:
    therapist = await practice.add()
    appointment = await practice.appointment(therapist, name="Secret Swan")
    operator = await practice.signed_in(await practice.add(Role.OPERATOR, "op@example.org"))
    for page in (f"/appointments/{appointment.id}", f"/call/{appointment.id}"):
        answer = await operator.get(page)
        assert answer.status == 403
        assert "Swan" not in await answer.text()
    board = await operator.get("/board")
    assert "Swan" not in await board.text()
    assert 'id="desk"' not in await board.text()


async def test_with_nobody_in_a_room_the_board_is_empty(practice: Practice) -> None:
    operator = await practice.signed_in(await practice.add(Role.OPERATOR, "op@example.org"))
    answer = await operator.get("/board/rooms")
    board = await answer.json()
    assert (board["now"], board["rooms"]) == (practice.now.timestamp(), [])
    assert (board["relay"]["up"], board["relay"]["bridges"]) == (True, [])


async def test_an_open_room_is_shown_under_an_id_that_says_nothing(practice: Practice) -> None:
    therapist = await practice.add()
    appointment = await practice.appointment(therapist, in_min=5, name="Secret Swan")
    client = await practice.visitor()
    await client.post_json("/j", {"token": practice.link_token(appointment)})
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    operator = await practice.signed_in(await practice.add(Role.OPERATOR, "op@example.org"))
    async with client.browser.ws_connect(
        f"/session/{appointment.id}/socket",
        protocols=[SUBPROTOCOL],
        headers={"Origin": PUBLIC_URL, "Cookie": cookie},
    ) as socket:
        hello = {"type": "hello", "page": "page-0001", "tab": "tab-00001"}
        await socket.send_json({"seq": 0, "ack": 0, "message": hello})
        assert (await socket.receive_json())["message"]["type"] == "welcome"
        answer = await operator.get("/board/rooms")
        rooms = (await answer.json())["rooms"]
        assert [room["state"] for room in rooms] == ["waiting"]
        assert rooms[0]["quality"] == {"therapist": [], "client": []}
        for known in (appointment.id, therapist.id, "Swan", "Anna"):
            assert known not in await answer.text()
