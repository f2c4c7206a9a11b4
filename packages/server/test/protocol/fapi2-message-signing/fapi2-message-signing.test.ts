import { afterAll, beforeAll, describe } from 'vitest'
import { type FapiPlan, openFapiPlan, testFapiModules } from '../../support/fapi-plan.ts'
import { openWorld } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { requestObjectModules } from './request-objects.ts'

let plan: FapiPlan

beforeAll(async () => {
  plan = await openFapiPlan(await openWorld({ clock: new RunningClock() }), true)
})
afterAll(() => plan.world.close())

describe('fapi2-message-signing-final-test-plan', () => {
  testFapiModules(requestObjectModules, () => plan)
})
