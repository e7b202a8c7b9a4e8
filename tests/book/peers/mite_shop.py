# tests/book/peers/mite_shop.py
import asyncio
import random

from mite.datapools import IterableDataPool
from mite.exceptions import MiteError
from mite.volume_model import Constant
from mite_http import mite_http

users = IterableDataPool([(f"user-{n % 5}", f"secret-{n % 5}") for n in range(20)])


def expect(response, status):
    if response.status_code != status:
        raise MiteError("unexpected status", status=response.status_code)


@mite_http
async def visit(ctx, user, password):
    shop = ctx.config.get("shop_url")
    async with ctx.transaction("Log in"):
        form = f"user={user}&password={password}"
        expect(await ctx.http.post(f"{shop}/login", data=form), 200)
    for item in (1, 2, 3):
        async with ctx.transaction("Look"):
            found = await ctx.http.get(f"{shop}/items/{item}")
            expect(found, 200)
            if found.json()["price"] != item * 10:
                raise MiteError("wrong price", item=item)
        await asyncio.sleep(random.uniform(0.1, 0.3))
    async with ctx.transaction("Order"):
        expect(await ctx.http.post(f"{shop}/orders", json={"item": 3}), 201)


def visits():
    return [("mite_shop:visit", users, Constant(600, 5))]
