import { afterAll, beforeAll, describe } from 'vitest'
import { type ConformancePlan, openCorePlan, testModules } from '../../support/conformance-plan.ts'
import { openWorld } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { authenticationModules } from './authentication.ts'
import { claimModules } from './claims.ts'
import { requestModules } from './requests.ts'
import { responseModules } from './responses.ts'

let plan: ConformancePlan

beforeAll(async () => {
  plan = await openCorePlan(await openWorld({ clock: new RunningClock() }))
})
afterAll(() => plan.world.close())

describe('oidcc-basic-certification-test-plan', () => {
  testModules(responseModules, () => plan)
  testModules(claimModules, () => plan)
  testModules(authenticationModules, () => plan)
  testModules(requestModules, () => plan)
})
