"""What is known, and what is planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..mapping import Shown, columns

ENTITIES: Final[Mapping[str, Shown]] = {
    "KnowledgeBaseCategories": Shown("article_categories", columns(id="id", name="name", parentCategoryID="parent")),
    "KnowledgeBaseArticles": Shown(
        "articles",
        columns(
            {"publish": ("visibility", "visibility")},
            id="id",
            title="title",
            articleCategoryID="category",
            keywords="keywords",
            referenceLink="link",
            isActive="active",
            createdByResourceID="author",
            createdDateTime="created",
            lastModifiedByResourceID="editor",
            lastModifiedDateTime="updated",
        ),
        parent="articleCategoryID",
    ),
    # The body of an article is an entity of its own, under the article's id (3.2).
    "ArticlePlainTextContent": Shown("articles", columns(id="id", contentData="body"), parent="id"),
    "Projects": Shown(
        "projects",
        columns(
            {"status": ("status", "project_status"), "projectType": ("kind", "project_kind")},
            id="id",
            projectNumber="number",
            projectName="name",
            description="description",
            companyID="company",
            contractID="contract",
            projectLeadResourceID="lead",
            startDateTime="start",
            endDateTime="end",
            createDateTime="created",
            lastActivityDateTime="updated",
        ),
    ),
    "Phases": Shown(
        "phases",
        columns(
            id="id",
            projectID="project",
            parentPhaseID="parent",
            title="name",
            description="description",
            startDate="start",
            dueDate="end",
            createDate="created",
            lastActivityDateTime="updated",
        ),
        parent="projectID",
    ),
    "Tasks": Shown(
        "tasks",
        columns(
            {"status": ("status", "status"), "taskType": ("kind", "task_kind")},
            id="id",
            taskNumber="number",
            projectID="project",
            phaseID="phase",
            title="title",
            description="description",
            assignedResourceID="assignee",
            assignedResourceRoleID="role",
            estimatedHours="estimated_hours",
            startDateTime="start",
            endDateTime="end",
            creatorResourceID="author",
            createDateTime="created",
            lastActivityDateTime="updated",
            completedDateTime="closed",
        ),
        parent="projectID",
    ),
    "Appointments": Shown(
        "appointments",
        columns(
            id="id",
            resourceID="technician",
            title="title",
            description="description",
            startDateTime="start",
            endDateTime="end",
            creatorResourceID="author",
            createDateTime="created",
            updateDateTime="updated",
        ),
    ),
    "ServiceCalls": Shown(
        "visits",
        columns(
            {"status": ("status", "visit_status")},
            id="id",
            companyID="company",
            companyLocationID="location",
            description="description",
            isComplete="done",
            startDateTime="start",
            endDateTime="end",
            creatorResourceID="author",
            createDateTime="created",
            lastModifiedDateTime="updated",
        ),
    ),
    "ServiceCallTickets": Shown(
        "visit_tickets", columns(id="id", serviceCallID="visit", ticketID="ticket"), parent="serviceCallID"
    ),
    "ServiceCallTicketResources": Shown(
        "visit_technicians",
        columns(id="id", serviceCallTicketID="visit_ticket", resourceID="technician"),
        parent="serviceCallTicketID",
    ),
    "UserDefinedFieldDefinitions": Shown(
        "custom_fields",
        columns(
            {"udfType": ("subject", "udf_type"), "dataType": ("kind", "udf_data_type")},
            id="id",
            name="name",
            isRequired="required",
            isActive="active",
            sortOrder="position",
            createDate="created",
        ),
    ),
    "UserDefinedFieldListItems": Shown(
        "custom_items",
        columns(
            id="id",
            udfFieldId="custom_field",
            valueForDisplay="name",
            valueForExport="name",
            isActive="active",
            createDate="created",
        ),
        parent="udfFieldId",
    ),
}
