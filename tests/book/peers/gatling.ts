// tests/book/peers/gatling.ts
import {
  atOnceUsers, csv, exec, feed, foreach, getEnvironmentVariable, global, jsonPath, scenario,
  simulation, StringBody,
} from "@gatling.io/core";
import { http, status } from "@gatling.io/http";

export default simulation((setUp) => {
  const shop = http.baseUrl(getEnvironmentVariable("SHOP_URL", "http://127.0.0.1:8080"));
  const users = csv("users.csv").circular();

  const look = exec(
    http("Look").get("/items/#{item}")
      .check(status().is(200), jsonPath("$.price").is("#{item}0")),
  ).pause({ amount: 100, unit: "milliseconds" }, { amount: 300, unit: "milliseconds" });

  const visit = scenario("visit").repeat(4).on(
    feed(users),
    exec(http("Log in").post("/login")
      .formParam("user", "#{user}").formParam("password", "#{password}")
      .check(status().is(200))),
    foreach([1, 2, 3], "item").on(look),
    exec(http("Order").post("/orders")
      .body(StringBody('{"item": 3}')).asJson()
      .check(status().is(201))),
  );

  setUp(visit.injectOpen(atOnceUsers(5)))
    .protocols(shop)
    .assertions(
      global().responseTime().percentile(95).lt(1000),
      global().failedRequests().percent().lt(1.0),
    );
});
