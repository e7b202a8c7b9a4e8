# tests/book/peers/locustfile.py
from itertools import count

from locust import HttpUser, between, task
from locust.exception import StopUser

numbers = count()


class Customer(HttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        self.number = next(numbers)
        self.visits = 0

    @task
    def visit(self):
        form = {"user": f"user-{self.number}", "password": f"secret-{self.number}"}
        self.client.post("/login", data=form)
        for item in (1, 2, 3):
            with self.client.get(f"/items/{item}", catch_response=True) as found:
                if found.json()["price"] != item * 10:
                    found.failure("wrong price")
            self.wait()
        self.client.post("/orders", json={"item": 3})
        self.visits += 1
        if self.visits == 4:
            raise StopUser
