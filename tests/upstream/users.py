"""What upstream mite runs: makes users, records them, and now and then fails."""

from mite.datapools import IterableDataPool
from mite.exceptions import MiteError

names = IterableDataPool((f"user-{n}",) for n in range(100))


async def create(ctx, name):
    user = {"username": name, "password": f"secret of {name}"}
    async with ctx.transaction("Create"):
        ctx.send("made", name=name, raw=b"\x00raw", most=2**64 - 1, least=-(2**63), third=1 / 3)
        ctx.send("data_created", name="users", data=user)
        if name.endswith("7"):
            raise MiteError("no luck", name=name)
